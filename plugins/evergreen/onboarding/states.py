"""What the contract calls the states of an order that a source has in its own words."""

from __future__ import annotations

import re

# Whole words only: `unpaid` is not paid, `incomplete` not complete. The first state that fits holds.
_WORDS = {
    "cancelled": "cancell?ed|void(ed)?|abandoned|failed|declined|storniert|已取消",
    "delivered": "delivered|completed?|fulfilled|closed|geliefert|abgeschlossen|已完成|已送达",
    "shipped": "shipped|sent|dispatched|versandt|versendet|已发货",
    "placed": "pending|placed|open|new|unpaid|processing|incomplete|offen|neu|unbezahlt|待付款",
    "paid": "paid|refunded|returned|bezahlt|erstattet|已付款|已退款",
}
UNKNOWN = "paid"


def state_of(value: str) -> str | None:
    """Return the state that the contract knows for a source's word, None if it is a word of its own."""
    return next(
        (state for state, words in _WORDS.items() if re.search(rf"\b({words})\b", value.lower())), None
    )


def state_cases(expression: str) -> str:
    """Return SQL that does the same; a word of its own counts as paid."""
    cases = "\n".join(
        f"            when lower({expression}) ~ '\\m({words})\\M' then '{state}'"
        for state, words in _WORDS.items()
    )
    return f"case\n{cases}\n            else '{UNKNOWN}'\n        end"


def notes_on_states(header: str, values: list[str]) -> list[str]:
    """Say what each word of a source is taken for, and which are not known."""
    words = list(dict.fromkeys(values))
    known = [f"{word} → {state}" for word in words if (state := state_of(word)) and state != word.lower()]
    notes = [f"{header}: {', '.join(known)}"] if known else []
    if unknown := [word for word in words if state_of(word) is None]:
        notes.append(
            f"{header}: {', '.join(unknown)}: not known, so counted as {UNKNOWN}: say it in the model"
        )
    return notes

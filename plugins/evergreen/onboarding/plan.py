"""How a table of orders becomes a source: its columns, its key, what it delivers."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from evergreen.loading.relations import suffixed
from evergreen.onboarding.profile import Profile, number, tolerated
from evergreen.onboarding.roles import Guess, Role, words_of
from evergreen.onboarding.sample import Catalogue, Sample
from evergreen.onboarding.states import notes_on_states
from evergreen.sources.access import HttpTable
from evergreen.sources.definition import Clean, Type
from evergreen.sources.names import checked, column_for

TABLE = "sales"
LINES_SHOWN = 5
_UPDATED = re.compile(
    r"(last_)?(updated?|modified|changed?)(_(at|on|time|date|ts|timestamp))?|geaendert_am|更新时间"
)


@dataclass(frozen=True)
class PlannedColumn:
    """A column of the new source.

    name: ours.
    header: the source's.
    role: what it is to the warehouse, None = only kept.
    """

    name: str
    header: str
    type: Type
    clean: tuple[Clean, ...]
    role: Role | None
    is_personal: bool
    required: bool
    examples: tuple[str, ...]

    @property
    def identifies(self) -> str | None:
        """What its value names, as a definition says it."""
        return self.role.name if self.role and self.role.name in ("order", "customer", "product") else None


@dataclass(frozen=True)
class Plan:
    """Everything that is known of a new source.

    key: names of the columns that the sample knows a row by, empty = by the row as a whole.
    primary_key: names of the columns that a database knows it by, empty where it does not say.
    updated_at: name of the column that says when a row of a database changed.
    keeps_copies: equal rows are sales of their own.
    has_returns: amounts below zero occur.
    currency: that of all orders, where the amounts carry its sign and no column names one.
    notes: what a person should look at.
    """

    source: str
    sample: Sample
    columns: tuple[PlannedColumn, ...]
    key: tuple[str, ...]
    primary_key: tuple[str, ...]
    updated_at: str | None
    keeps_copies: bool
    has_returns: bool
    currency: str | None
    notes: tuple[str, ...]

    def has(self, *roles: str) -> bool:
        """Tell whether some column has one of the roles."""
        return any(column.role and column.role.name in roles for column in self.columns)

    def of(self, role: str) -> PlannedColumn:
        """Return the column of a role; KeyError if there is none."""
        for column in self.columns:
            if column.role and column.role.name == role:
                return column
        raise KeyError(role)

    @property
    def catalogue(self) -> Catalogue | None:
        """What the database says of the table; None of files."""
        return self.sample.catalogue

    @property
    def model(self) -> str:
        """Name of the staging model."""
        return f"stg_{self.source}__{TABLE}"

    @property
    def entities(self) -> list[str]:
        """What the source delivers, in the order of the contract's names."""
        found = ["order_lines", "orders"]
        if self.has("product"):
            found.append("products")
        if self.has("region", "segment"):
            found.append("customers")
        if self.has_returns:
            found.append("refunds")
        return sorted(found)


def plan_source(
    name: str, sample: Sample, columns: list[Profile], guess: Guess, said: Collection[str] = ()
) -> Plan:
    """Settle names, key and deliveries of the source `name`.

    Args:
        name: of the source.
        sample: what was looked at.
        columns: its columns, in order.
        guess: what they are taken for; an amount that is no amount of a line is taken out of it.
        said: roles that a person has given, which are not doubted.

    Raises:
        ValueError: `name` cannot be one.
    """
    checked(name)
    _drop_other_totals(sample, guess, said)
    _take_primary_key(sample, columns, guess, said)
    key, note = _key(sample, guess)
    planned = _columns(columns, guess, key)
    primary_key = _primary_key(sample, planned)
    if primary_key:
        note = f"key: {', '.join(primary_key)}, the table's primary key"
    updated_at = _updated_at(planned) if sample.catalogue else None
    notes = [
        *guess.notes,
        note,
        *_notes_on_copies(sample, guess),
        *_notes_on_misfits(columns, guess),
        *_notes_on_missing(sample, planned),
    ]
    if sample.kinds and sample.form:
        notes.append(
            f"files: a source that is added so has one table, {sample.form.match}; left alone are "
            f"{', '.join(sample.kinds)}"
        )
    if sample.catalogue:
        notes.append(
            f"updated_at: {updated_at} says when a row changed: only what changed is read"
            if updated_at
            else "updated_at: no column says when a row changed, so every run reads the whole table"
        )
    if sample.service:
        notes += _notes_on_service(sample.service.table)
    notes += [
        f"{column.header}: may be day first or month first, no day above 12 tells; day first is assumed"
        for column in columns
        if column.is_ambiguous
    ]
    money = [guess.roles[role] for role in ("amount", "quantity", "price") if role in guess.roles]
    currency = _currency(money)
    if "currency" not in guess.roles:
        named = (
            f"{currency}, by the sign of the amounts" if currency else "none is named: the reporting currency"
        )
        notes.append(f"currency: {named}")
    else:
        notes += _notes_on_currencies(sample.values(guess.roles["currency"].position))
    if status := guess.roles.get("status"):
        notes += notes_on_states(status.header, sample.values(status.position))
    return Plan(
        source=name,
        sample=sample,
        columns=tuple(planned),
        key=key,
        primary_key=primary_key,
        updated_at=updated_at,
        keeps_copies="order" not in guess.roles,
        currency=None if "currency" in guess.roles else currency,
        has_returns=any(column.has_negative for column in money),
        notes=tuple(notes),
    )


def _take_primary_key(sample: Sample, columns: list[Profile], guess: Guess, said: Collection[str]) -> None:
    """Let the primary key of a table number the orders, where it is one column and nothing else does.

    What a service or file calls `id`, and is another in every row, is as good.
    """
    if {"order"} & {*guess.roles, *said}:
        return
    if sample.catalogue:
        key = sample.catalogue.primary_key
        found = [column for column in columns if (column.header,) == key]
    else:
        found = [column for column in columns if words_of(column.header) == "id" and column.is_unique]
    if found and guess.role_of(found[0]) is None:
        guess.roles["order"] = found[0]


def _primary_key(sample: Sample, planned: list[PlannedColumn]) -> tuple[str, ...]:
    names = {column.header: column.name for column in planned if not column.is_personal}
    key = sample.catalogue.primary_key if sample.catalogue else ()
    return tuple(names[header] for header in key) if set(key) <= set(names) else ()


def _updated_at(planned: list[PlannedColumn]) -> str | None:
    """Return the column that says when a row was written last."""
    return next(
        (
            column.name
            for column in planned
            if column.type == "timestamp" and _UPDATED.fullmatch(words_of(column.header))
        ),
        None,
    )


def _drop_other_totals(sample: Sample, guess: Guess, said: Collection[str]) -> None:
    """Leave out an amount that is not quantity × price: it may be of the whole order, on every line of it."""
    wanted = [guess.roles.get(role) for role in ("quantity", "price", "amount")]
    quantity, price, amount = wanted
    if not (quantity and price and amount) or "amount" in said:
        return
    lines = [
        [number(row[column.position], column.clean) for column in (quantity, price, amount)]
        for row in sample.rows
    ]
    priced = [(q, p, a) for q, p, a in lines if q is not None and p is not None]
    agreeing = sum(a is not None and abs(q * p - a) <= 0.01 + 0.001 * abs(a) for q, p, a in priced)
    if agreeing < 0.9 * len(priced):
        del guess.roles["amount"]
        guess.notes.append(
            f"{amount.header}: is not {quantity.header} × {price.header}, so the amount of a line is "
            f'computed; --column "amount={amount.header}" takes it'
        )


def _copies(sample: Sample) -> list[int]:
    """Return the ordinals of the rows that an earlier one equals in every field."""
    seen: set[tuple[str | None, ...]] = set()
    found = []
    for ordinal, row in enumerate(map(tuple, sample.rows)):
        if row in seen and any(row):
            found.append(ordinal)
        seen.add(row)
    return found


def _notes_on_copies(sample: Sample, guess: Guess) -> list[str]:
    """Say which rows a load will not count again."""
    copies = _copies(sample)
    if not copies or "order" not in guess.roles:
        return []
    lines = ", ".join(f"{sample.lines[ordinal]:,}" for ordinal in copies[:LINES_SHOWN])
    more = f" and {len(copies) - LINES_SHOWN:,} more" if len(copies) > LINES_SHOWN else ""
    return [
        f"copies: {len(copies):,} of {len(sample.rows):,} rows repeat an earlier one in every field "
        f"(line {lines}{more}): each counts once"
    ]


def _notes_on_misfits(columns: list[Profile], guess: Guess) -> list[str]:
    """Say which values the gate will not let through."""
    notes = []
    for column in columns:
        role, misfits = guess.role_of(column), column.misfits
        if misfits and role and role.is_typed:
            what = "dates" if column.is_moment else "numbers"
            notes.append(
                f"{column.header}: {misfits.count:,} of {misfits.values:,} values are no {what}, e.g. line "
                f"{misfits.line:,} {misfits.example[:40]!r}: such rows go to quarantine"
            )
    return notes


def _notes_on_missing(sample: Sample, planned: list[PlannedColumn]) -> list[str]:
    """Say which rows the gate will not let through, for they lack what is required."""
    notes = []
    for position, column in enumerate(planned):
        filled = {line for line, _ in sample.cells(position)}
        missing = [line for line in sample.lines if line not in filled] if column.required else []
        if missing:
            doubt = ": is it the right column?" if len(missing) > tolerated(len(sample.rows)) else ""
            notes.append(
                f"{column.header}: {len(missing):,} of {len(sample.rows):,} rows have no value, e.g. line "
                f"{missing[0]:,}: such rows go to quarantine{doubt}"
            )
    return notes


def _notes_on_service(table: HttpTable) -> list[str]:
    """Say how all of it is read."""
    paging = table.paging
    if paging is None:
        pages = "page=2 brings nothing else, so one answer is taken for everything"
    elif paging.by == "link":
        pages = f"the next page is where {paging.next} of the answer leads"
    else:
        pages = f"{paging.parameter}=1, 2 and so on, until one is empty"
    return [
        f"paging: {pages}",
        "since: every run reads the whole table; where the service can be asked for what changed since a "
        "moment, say so by `since` and `updated_at`",
    ]


def _currency(money: list[Profile]) -> str | None:
    """Return the currency whose sign stands beside the amounts; $ and ¥ are of many."""
    written = " ".join(example for column in money for example in column.examples)
    return next(
        (code for sign, code in {"€": "EUR", "£": "GBP", "₹": "INR"}.items() if sign in written), None
    )


def _notes_on_currencies(values: list[str]) -> list[str]:
    """Say what mixed currencies need."""
    found = sorted(set(values))
    if len(found) < 2:
        return []
    return [
        f"currency: {', '.join(found)} occur; without exchange rates in the input layer every amount counts "
        "as it stands"
    ]


def _columns(columns: list[Profile], guess: Guess, key: tuple[str, ...]) -> list[PlannedColumn]:
    needed = {"order", "ordered", *({"amount"} if "amount" in guess.roles else {"price", "quantity"})}
    if "line_number" in key:
        needed.add("line")
    taken = {role.column for column in columns if (role := guess.role_of(column))}
    planned = []
    for column in columns:
        role = guess.role_of(column)
        name = role.column if role else _free_name(column, taken)
        taken.add(name)
        kind, clean = column.type, column.clean
        if role and role.name in ("order", "customer", "product"):
            kind, clean = "text", _identifier_steps(column)
        elif column.misfits and not (role and role.is_typed):
            kind, clean = "text", ()  # no row should be held back for a column that nobody computes with
        planned.append(
            PlannedColumn(
                name=name,
                header=column.header,
                type=kind,
                clean=clean,
                role=role,
                is_personal=any(column is personal for personal in guess.personal),
                required=bool(
                    role and (role.name in needed or (role.name in _KEPT_FULL and column.filled == 1))
                ),
                examples=column.examples,
            )
        )
    return planned


_KEPT_FULL = {"line", "quantity", "price"}
"""Where the models can do without, but every row of the sample has one, its lack is a mistake."""


def _identifier_steps(column: Profile) -> tuple[Clean, ...]:
    """Identifiers that a tool took for numbers end in .0; those that have blanks around them are cut."""
    is_printed_number = column.type == "numeric" and all(e.endswith(".0") for e in column.examples)
    return ("trim", "strip_decimal") if is_printed_number else ("trim",)


def _free_name(column: Profile, taken: set[str]) -> str:
    name = column_for(column.header, column.position + 1).lstrip("_")
    if not name or name[0].isdigit():
        name = f"column_{column.position + 1}"
    number = 2
    free = name
    while free in taken:
        free, number = suffixed(name, f"_{number}"), number + 1
    return free


def _key(sample: Sample, guess: Guess) -> tuple[tuple[str, ...], str]:
    """Return the key, and what to say about it.

    Copies are left out while a key is tried, and rows that will be held back as they lack an order or line.
    """
    order, line, product = (guess.roles.get(role) for role in ("order", "line", "product"))
    if order is None:
        return (), "key: no column numbers the orders, so every row is an order of its own, equal ones too"
    copies = set(_copies(sample))
    if len(copies) > tolerated(len(sample.rows)):
        copies = set()
    rows = [
        row
        for ordinal, row in enumerate(sample.rows)
        if ordinal not in copies and (row[order.position] or "").strip()
    ]
    ways: list[tuple[list[Profile | None], str]] = [
        # where lines are numbered, a second one may come though every order of the sample has one
        (
            [None if line else order],
            "one row per order, as in the sample; a second row of an order would replace the first",
        ),
        ([order, line], "a row is known by order and line, as in the sample"),
        (
            [order, product],
            "a row is known by order and product, as in the sample; a product twice in an order is refused",
        ),
    ]
    for columns, says in ways:
        found = [column for column in columns if column]
        may_lack = 0 if product in found else tolerated(len(rows))
        if len(found) == len(columns) and _is_unique(rows, found, may_lack):
            roles = [guess.role_of(column) for column in found]
            return tuple(role.column for role in roles if role), f"key: {says}"
    return (
        (),
        f"key: {_why_none(order, line)}, so exact copies of a row are refused, and a row that comes again "
        "with another value counts as one more",
    )


def _why_none(order: Profile, line: Profile | None) -> str:
    if line:
        return f"{order.header} and {line.header} do not tell the rows apart"
    return f"nothing numbers the lines of {words_of(order.header)}"


def _is_unique(rows: list[list[str | None]], columns: list[Profile], may_lack: int) -> bool:
    """Tell whether columns know the rows apart; so many rows at most may lack a value."""
    keys = [tuple((row[column.position] or "").strip() for column in columns) for row in rows]
    whole = [key for key in keys if all(key)]
    return len(set(whole)) == len(whole) >= len(keys) - may_lack

"""Options of COPY, written as SQL."""

from __future__ import annotations


def csv_options(*, delimiter: str = ",", quote: str = '"', null: str = "", encoding: str = "UTF8") -> str:
    """Return what stands between the parentheses of `COPY … FROM STDIN (…)`."""
    return (
        f"FORMAT csv, DELIMITER {_literal(delimiter)}, QUOTE {_literal(quote)}, NULL {_literal(null)}, "
        f"ENCODING {_literal(encoding)}"
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

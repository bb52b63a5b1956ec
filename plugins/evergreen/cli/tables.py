"""Tables of text, for terminals and files alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def aligned(
    headers: Sequence[str], rows: Iterable[Sequence[object]], right: Sequence[bool] | None = None
) -> list[str]:
    """Return the lines of a table; integers get their thousands apart, None is empty.

    Args:
        headers: of the columns.
        rows: their values.
        right: which columns are flush right; None finds out which hold numbers only.
    """
    kept = [list(row) for row in rows]
    if right is None:
        right = [bool(kept) and all(_is_number(row[i]) for row in kept) for i in range(len(headers))]
    cells = [[_text(value) for value in row] for row in kept]
    widths = [max([len(header), *(len(row[i]) for row in cells)]) for i, header in enumerate(headers)]

    def line(values: Sequence[str]) -> str:
        parts = zip(values, widths, right, strict=True)
        return "  ".join(v.rjust(w) if to_right else v.ljust(w) for v, w, to_right in parts).rstrip()

    return [line(headers), "  ".join("─" * width for width in widths), *map(line, cells)]


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return " ".join(str(value).split())

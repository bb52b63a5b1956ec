"""Invoice lines like those of Online Retail, as CSV files of one day each, and a definition to read them."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import yaml

SOURCE = "online_retail"
COLUMNS = [
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
]
NUMBER = "LineNumber"
FIRST_DAY = date(2011, 1, 1)
COUNTRIES = np.array(["United Kingdom", "Germany", "France", "EIRE", "Spain"])


def write(folder: Path, rows: int, files: int, *, numbered: bool = False, seed: int = 3) -> None:
    """Write `rows` invoice lines into `files` files, one per day; 0.2 % of them break a critical rule.

    Args:
        folder: where to.
        rows: of all files together.
        files: how many.
        numbered: give each line its number within the invoice, in a last column, which makes it a key;
            without it, 1 % of the lines are exact copies of another.
        seed: same seed, same files.
    """
    rng = np.random.default_rng(seed)
    share = np.diff(np.linspace(0, rows, files + 1).astype(int))
    for number, count in enumerate(share):
        day = FIRST_DAY + timedelta(days=number)
        lines = _lines(rng, count, 536_365 + number * 10_000, day, numbered=numbered)
        if not numbered:
            for at in range(100, count, 100):
                lines[at] = lines[at - 1]
        header = ",".join([*COLUMNS, NUMBER] if numbered else COLUMNS)
        (folder / f"{day}.csv").write_text(f"{header}\n{''.join(lines)}", encoding="utf-8")


def _lines(rng: np.random.Generator, count: int, first: int, day: date, *, numbered: bool) -> list[str]:
    """Return the lines of a day, whose invoices are numbered from `first` on."""
    invoice = np.sort(rng.integers(0, max(1, count // 20), count)) + first
    within = np.arange(count) - np.searchsorted(invoice, invoice) + 1
    is_return = invoice % 50 == 0
    quantity = np.where(is_return, -1, 1) * rng.integers(1, 40, count)
    quantity[rng.random(count) < 0.002] *= -1
    product, price = rng.integers(10_000, 90_000, count), rng.integers(10, 2_000, count) / 100
    customer = 12_346 + invoice % 5_000
    return [
        f"{'C' if back else ''}{no},{code},A PRETTY THING NO {code},{pieces},{day} 10:{no % 60:02}:00,"
        f"{pays},{'' if no % 4 == 0 else f'{who}.0'},{land}{f',{at}' if numbered else ''}\n"
        for no, back, code, pieces, pays, who, at, land in zip(
            *(c.tolist() for c in (invoice, is_return, product, quantity, price, customer, within)),
            COUNTRIES[invoice % len(COUNTRIES)].tolist(),
            strict=True,
        )
    ]


def numbered_project(folder: Path) -> Path:
    """Make a project whose source has numbered lines; return its root.

    It is Evergreen's own definition of the source, with all rules of its suite; the number of the line makes
    a key that any other loader can be given, too.
    """
    from evergreen.settings import settings

    own, suite = settings().project, f"expectations/{SOURCE}__lines.json"
    for part in ("sources", "expectations"):
        (folder / part).mkdir(parents=True)
    definition = yaml.safe_load((own / "sources" / f"{SOURCE}.yml").read_text(encoding="utf-8"))
    lines = definition["tables"]["lines"]
    del lines["duplicates"]
    lines["key"] = ["order_id", "line_number"]
    lines["columns"]["line_number"] = {"from": NUMBER, "type": "integer", "required": True}
    (folder / "sources" / f"{SOURCE}.yml").write_text(yaml.safe_dump(definition, sort_keys=False))
    shutil.copy(own / suite, folder / suite)
    return folder

"""Bad input, and what is to become of it: declared here, asserted in `test_bad_input`."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass, field
from typing import Any

HEADER = "sale_id,quantity,amount,sold_at,due_on,gift,customer,note"
COLUMNS = HEADER.split(",")


@dataclass(frozen=True)
class Case:
    """One delivery.

    name: of its file, from which keys in it are made too: `{id}` in the content is unlike any other case's.
    kept, unchanged: rows that are promoted, or known already.
    held: rules for which rows go to quarantine, by line.
    rejected: rule, or how the reason begins, for which the whole delivery is refused, of `received` rows.
    value: what the current row of key `{id}` then has in `column`.
    """

    name: str
    content: bytes | str
    kept: int = 0
    unchanged: int = 0
    held: dict[int, str] = field(default_factory=dict)
    rejected: str | None = None
    received: int = 0
    column: str | None = None
    value: Any = None
    file: str = "{name}.csv"

    @property
    def path(self) -> str:
        folder = "" if "/" in self.file else "sales/"
        return folder + self.file.format(name=self.name)

    @property
    def key(self) -> str:
        return f"K{zlib.crc32(self.name.encode())}"

    @property
    def bytes(self) -> bytes:
        content = self.content.encode() if isinstance(self.content, str) else self.content
        return content.replace(b"{id}", self.key.encode())


def cell(column: str, text: str, value: Any = "invalid") -> Case:
    """One row with this text in a column; by default it is no value of the column's type."""
    fields = dict.fromkeys(COLUMNS, "") | {"sale_id": "{id}", column: '"' + text.replace('"', '""') + '"'}
    content = f"{HEADER}\n{','.join(fields.values())}\n"
    name = f"{column} {text[:30].encode('ascii', 'backslashreplace').decode()}"
    name = name.translate({ord("/"): "|", ord("-"): "~"})  # neither a folder nor the day of the file
    if value == "invalid":
        return Case(name, content, held={2: f"invalid_value({column})"})
    return Case(name, content, kept=1, column=column, value=value)


def rows(name: str, *lines: str, **expected: Any) -> Case:
    """A file of these lines below the usual header."""
    return Case(name, "".join(f"{line}\n" for line in (HEADER, *lines)), **expected)


SOUND = "{id},1,2.50,2026-06-01 12:00,2026-06-02,true,C1,fine"
ARCHIVE = gzip.compress(
    "\n".join([HEADER, *(f"{{id}}{n},{n * 7919 % 997},,,,,," for n in range(400))]).encode()
)

CELLS = [
    cell("quantity", " 7 ", "7"),
    cell("quantity", "+5", "5"),
    cell("quantity", "-0", "0"),
    *(
        cell("quantity", text)
        for text in ("1.0", "1,5", "1e3", "0x1F", "1_000", "٣", "99999999999", "NaN", "--1", "one", "½")
    ),
    cell("amount", "1e2", "100"),
    cell("amount", ".5", "0.5"),
    cell("amount", "\u00a01.50\u00a0", "1.50"),
    *(
        cell("amount", text)
        for text in (
            "NaN", "Infinity", "-inf", "1e400", "1,234.50", "£5", "1e-99", "9" * 70, "\u22125", "(5.00)",
            "5.00-",
        )
    ),
    cell("sold_at", "2026-03-29 01:30", "2026-03-29 01:30:00+00"),  # an hour that London skipped
    cell("sold_at", "2026-10-25 01:30", "2026-10-25 01:30:00+00"),  # one that it had twice: the later
    cell("sold_at", "2026-06-01 12:00", "2026-06-01 11:00:00+00"),
    cell("sold_at", "2026-06-01T12:00:00+05:30", "2026-06-01 06:30:00+00"),
    cell("sold_at", "2026-06-01T12:00:00Z", "2026-06-01 12:00:00+00"),
    cell("sold_at", "0001-01-01 00:00", "0001-01-01 00:01:15+00"),  # ancient: for a suite to judge
    *(
        cell("sold_at", text)
        for text in (
            "now", "today", "infinity", "epoch", "01/06/2026", "2026-02-29", "2026-13-01", "0000-00-00",
            "2026-06-01 25:00", "2026-06-01 12:61", "1 Jun 2026", "1782907200", "99999-01-01",
            "2026-06-01 12:00 EST", "2026-06-01T12:00:00+99:00", "June", "2026-06-01 12:00 BC",
        )
    ),
    cell("due_on", "2024-02-29", "2024-02-29"),
    cell("due_on", "20260601", "2026-06-01"),
    *(cell("due_on", text) for text in ("2026-02-30", "2026-06-31", "31.12.2026", "yesterday", "-infinity")),
    cell("gift", "yes", "true"),
    *(cell("gift", text) for text in ("maybe", "2", "wahr")),
    cell("note", "'; drop table raw.till__sales; --", "'; drop table raw.till__sales; --"),
    cell("note", '=HYPERLINK("http://evil.example","x")', '=HYPERLINK("http://evil.example","x")'),
    cell("note", "👩‍👩‍👧 שלום مرحبا e\u0301", "👩‍👩‍👧 שלום مرحبا e\u0301"),
    cell("note", "two\nlines, and \\N", "two\nlines, and \\N"),
    cell("note", "%s {0} {batch} $1 ${x}", "%s {0} {batch} $1 ${x}"),
    cell("note", "x" * (10 << 20), "x" * (10 << 20)),  # a cell of 10 MB
]  # fmt: skip

FILES = [
    rows("one sound row", SOUND, kept=1),
    Case("byte order mark", b"\xef\xbb\xbf" + f"{HEADER}\n{SOUND}\n".encode(), kept=1),
    Case("crlf", f"{HEADER}\r\n{SOUND}\r\n", kept=1, column="note", value="fine"),
    Case("only carriage returns", f"{HEADER}\r{SOUND}\r", kept=1),
    Case("mixed line ends", f"{HEADER}\n{SOUND}\r\n{{id}}b,,,,,,,\n", kept=2),
    Case("no line end", f"{HEADER}\n{SOUND}", kept=1),
    rows("blank lines", "", SOUND, "", "", kept=1),
    rows("nothing but delimiters", SOUND, ",,,,,,,", kept=1, held={3: "not_null:sale_id(sale_id)"}),
    Case("header only", f"{HEADER}\n"),
    Case("empty", b"", rejected="unreadable_delivery: "),
    Case("blanks only", b"\n\n  \n", rejected="unreadable_delivery: "),
    Case("nul bytes only", b"\0" * 100, rejected="unreadable_delivery: "),
    Case("nul in the header", f"sale_id,no\0te\n{SOUND}\n", rejected="unreadable_delivery: "),
    rows("nul in a row", SOUND, "{id}b,1,,,,,,a\0b", kept=1, held={3: "unreadable_row"}),
    rows("short row", SOUND, "{id}b,1", "{id}c,,,,,,,", kept=2, held={3: "unreadable_row"}),
    rows("long row", SOUND, "{id}b,1,,,,,,,,,", kept=1, held={3: "unreadable_row"}),
    rows("quote inside a field", '{id},,,,,,,3" pipe', '{id}b,,,,,,,4" pipe', kept=2,
         column="note", value='3" pipe'),
    rows("text after a quote", SOUND, '{id}b,,,,,,,"x" y', kept=1, held={3: "unreadable_row"}),
    rows("open quote", '{id}b,,,,,,,"never closed', SOUND, kept=1, held={2: "unreadable_row"}),
    rows("open quote at the end", SOUND, '{id}b,,,,,,,"never closed', kept=1, held={3: "unreadable_row"}),
    rows("end mark of copy", SOUND, r"\.", "{id}b,,,,,,,", kept=2, held={3: "unreadable_row"}),
    rows("header again", SOUND, HEADER, kept=1,
         held={3: "invalid_value(quantity,amount,sold_at,due_on,gift)"}),
    Case("other delimiter", HEADER.replace(",", ";") + "\n{id};1;;;;;;\n",
         rejected="columns_missing: ", received=1),
    Case("tabs", HEADER.replace(",", "\t") + "\n{id}\t1\t\t\t\t\t\t\n",
         rejected="columns_missing: ", received=1),
    Case("column twice", f"{HEADER},note\n{SOUND},again\n", rejected="columns_repeated: ", received=1),
    Case("column missing", "sale_id,quantity\n{id},1\n", rejected="columns_missing: ", received=1),
    Case("column renamed", f"{HEADER.replace('note', 'notes')}\n{SOUND}\n",
         rejected="columns_renamed: ", received=1),
    Case("column added", f"{HEADER},till no\n{SOUND},7\n", kept=1, column="till_no", value="7"),
    Case("personal column added", f"{HEADER},e-mail\n{SOUND},ada@example.org\n", kept=1),
    Case("other order and case", f"NOTE, {','.join(reversed(COLUMNS[:-1]))}\nhere,,,,,,1,{{id}}\n",
         kept=1, column="note", value="here"),
    Case("a web page", "<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>\n",
         rejected="columns_missing: ", received=1),
    Case("not utf-8", f"{HEADER}\n{SOUND}\n{{id}}b,,,,,,,caf".encode() + b"\xe9\n",
         kept=1, held={3: "unreadable_row"}),
    Case("latin-1, declared", f"{HEADER}\n{{id}},,,,,,,caf".encode() + b"\xe9\n",
         kept=1, column="note", value="café", file="{name}.latin.csv"),
    Case("cp1252, declared", f"{HEADER}\n{{id}},,,,,,,5 ".encode() + b"\x80\n{id}b,,,,,,,\x81\n",
         kept=1, held={3: "unreadable_row"}, column="note", value="5 €", file="{name}.cp1252.csv"),
    Case("utf-16, undeclared", f"{HEADER}\nX,,,,,,,\n".encode("utf-16"), rejected="unreadable_delivery: "),
    Case("utf-16, declared", f"{HEADER}\nUTF16,,,,,,,ü\n".encode("utf-16"), kept=1, file="{name}.utf16.csv"),
    Case("surrogates", f"{HEADER}\n{{id}},,,,,,,".encode() + b"\xed\xa0\x80\n", held={2: "unreadable_row"}),
    Case("semicolons, declared", HEADER.replace(",", ";") + "\n{id};1;2,5;;;;;\n",
         held={2: "invalid_value(amount)"}, file="{name}.semicolon.csv"),
    Case("no header, declared", "{id},1,,,,,,\n{id}b,x,,,,,,\n",
         kept=1, held={3: "invalid_value(quantity)"}, file="{name}.bare.csv"),
    Case("another null", f"{HEADER}\n{{id}},-,-,-,-,-,-,-\n", kept=1, column="note", file="{name}.dash.csv"),
    Case("runs of blanks",
         f"{HEADER.replace(',', '  ')}\n  {{id}} 1 2.50 2026-06-01 2026-06-01 no C x\n{{id}}b 1\n",
         kept=1, held={3: "unreadable_row"}, file="{name}.txt"),
    Case("archive", ARCHIVE, kept=400, file="{name}.csv.gz"),
    Case("archive that is none", f"{HEADER}\n{SOUND}\n", kept=1, file="{name}.csv.gz"),
    Case("archive of nothing", gzip.compress(b""), rejected="unreadable_delivery: ", file="{name}.csv.gz"),
    Case("archive with a flipped byte", ARCHIVE[:12] + bytes([ARCHIVE[12] ^ 0xFF]) + ARCHIVE[13:],
         rejected="unreadable_delivery: ", file="{name}.csv.gz"),
    Case("zip file", b"PK\x03\x04" + bytes(range(256)), rejected="unreadable_delivery: "),
    Case("json lines", '{"sale_id": "{id}", "quantity": 1}\n{"sale_id": \n[1]\nnull\n', kept=1,
         held={3: "unreadable_row", 4: "unreadable_row", 5: "unreadable_row"}, file="{name}.jsonl"),
    Case("json that is none", '{"sale_id": ', held={2: "unreadable_row"}, file="{name}.json"),
    Case("json of another shape", '[{"items": []}]', rejected="columns_missing: ", received=1,
         file="{name}.json"),
    Case("parquet that is none", b"PAR1 and no more",
         rejected="unreadable_delivery: ", file="{name}.parquet"),
    Case("no day 2026-02-30", f"{HEADER}\n{SOUND}\n", rejected="unreadable_delivery: "),
    Case("ticket with another type", "ticket,amount\nT1,1\nT2,two\n",
         rejected="rule invalid_value", received=2, file="tickets/{name}.csv"),
    Case("ticket with a new column", "ticket,amount,x\nT1,1,2\n", rejected="columns_unknown: ", received=1,
         file="tickets/{name}.csv"),
    Case("ticket in another order", "amount,ticket\n1,T1\n", rejected="columns_reordered: ", received=1,
         file="tickets/{name}.csv"),
    Case("ticket twice", "ticket,amount\n{id},1\n{id},1.0\n{id},2\n", kept=2, held={3: "duplicate_line"},
         file="tickets/{name}.csv"),
]  # fmt: skip

KEYS = [
    rows("row twice", SOUND, SOUND, kept=1, unchanged=1),
    rows("number written otherwise", SOUND, SOUND.replace("2.50", " 2.500"), kept=1, unchanged=1),
    rows("key twice, changed", SOUND, SOUND.replace("fine", "other"), kept=2),
    rows("key with blanks", "{id},,,,,,,", " {id} ,,,,,,,", kept=1, unchanged=1),
    rows("keys in two cases", "{id},,,,,,,", "k{id},,,,,,,", "K{id},,,,,,,", kept=3),
    rows("empty key", ",1,,,,,,", '" ",1,,,,,,',
         held={2: "not_null:sale_id(sale_id)", 3: "not_null:sale_id(sale_id)"}),
    rows("very long key", "{id}" + "k" * 2000 + ",,,,,,,", kept=1),
    rows("identifier as a float", "{id},,,,,,17850.0,", kept=1),
]  # fmt: skip

ALL = [*CELLS, *FILES, *KEYS]

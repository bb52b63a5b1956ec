"""Commands that reach into the warehouse: `sql`, `psql`, `url`."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import islice

import psycopg
from psycopg.types.string import TextLoader

from evergreen.cli.access import existing_warehouse
from evergreen.cli.tables import aligned
from evergreen.errors import EvergreenError, did_you_mean
from evergreen.exporting.relations import marts
from evergreen.settings import settings
from evergreen.warehouse import binaries, server
from evergreen.warehouse.connections import Connection, Role, Warehouse

TABLE_ROWS = 1000
_BLOCK = 1000
_NUMBERS = {"int2", "int4", "int8", "oid", "float4", "float8", "numeric"}
_NO_NUMBERS = {"NaN", "Infinity", "-Infinity"}

Names = list[tuple[str, str]]
Rows = Iterator[tuple[str | None, ...]]
Writer = Callable[[Names, Rows], None]


def query(statement: str, form: str) -> None:
    """Run one statement as the reader and write its answer to standard output.

    Args:
        statement: SQL.
        form: `table` (at most 1,000 rows), `csv` or `json`, both of which stream.

    Raises:
        EvergreenError: the statement is wrong, or wants to write.
    """
    if not statement.strip().strip(";"):
        raise EvergreenError(
            'nothing to run: write a statement, such as evergreen sql "select * from orders limit 5"'
        )
    if form != "table":  # data for others: refused rather than with a ? in place of a letter
        sys.stdout.reconfigure(errors="strict")  # type: ignore[union-attr]
    with existing_warehouse() as warehouse, warehouse.connect("reader", autocommit=True) as connection:
        connection.read_only = True
        try:
            _answer(connection, statement.encode(), _WRITERS[form])
        except psycopg.Error as error:
            connection.close()  # whatever state the statement left it in
            raise EvergreenError(_explain(error, statement) + _near(warehouse, error)) from None


def _answer(connection: Connection, statement: bytes, write: Writer) -> None:
    """Run a statement and write its answer, row by row."""
    names = _describe(connection, statement)
    if not names:  # such as SET
        connection.execute(statement)
        return
    _take_everything_as_text(connection)
    with connection.cursor() as cursor:
        rows = cursor.stream(statement, size=_BLOCK)
        try:
            write(names, rows)
        finally:
            rows.close()  # type: ignore[attr-defined] # a generator; open, it holds the connection


def _describe(connection: Connection, statement: bytes) -> Names:
    """Return name and type of the columns that the statement will have, without running it."""
    server = connection.pgconn
    for result in (server.prepare(b"", statement), server.describe_prepared(b"")):
        if result.status == psycopg.pq.ExecStatus.FATAL_ERROR:
            raise psycopg.errors.error_from_result(result)
    columns = range(result.nfields)
    return [((result.fname(i) or b"").decode(), _type(result.ftype(i))) for i in columns]


def _take_everything_as_text(connection: Connection) -> None:
    """Have values come as Postgres writes them: nothing is rounded, and no type is beyond us."""
    for known in psycopg.postgres.types:
        connection.adapters.register_loader(known.oid, TextLoader)
        if known.array_oid:
            connection.adapters.register_loader(known.array_oid, TextLoader)


def _type(oid: int) -> str:
    known = psycopg.postgres.types.get(oid)
    return known.name if known and oid == known.oid else "text"


def _write_csv(names: Names, rows: Rows) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([name for name, _ in names])
    for row in rows:
        writer.writerow([_csv(value, kind) for value, (_, kind) in zip(row, names, strict=True)])


def _csv(value: str | None, kind: str) -> str:
    if value is None:
        return ""
    return _boolean(value) if kind == "bool" else value


def _write_json(names: Names, rows: Rows) -> None:
    """Write an array, one object per line; numbers with the digits that Postgres gives."""
    keys = [json.dumps(name, ensure_ascii=False) for name, _ in names]
    between = "["
    for row in rows:
        values = [_json(value, kind) for value, (_, kind) in zip(row, names, strict=True)]
        pairs = ", ".join(f"{key}: {value}" for key, value in zip(keys, values, strict=True))
        sys.stdout.write(f"{between}\n  {{{pairs}}}")
        between = ","
    sys.stdout.write("[]\n" if between == "[" else "\n]\n")


def _json(value: str | None, kind: str) -> str:
    if value is None:
        return "null"
    if kind == "bool":
        return _boolean(value)
    if kind in ("json", "jsonb") or (kind in _NUMBERS and value not in _NO_NUMBERS):
        return value
    return json.dumps(value, ensure_ascii=False)


def _write_table(names: Names, rows: Rows) -> None:
    shown = list(islice(rows, TABLE_ROWS))
    cells = [[_csv(value, kind) for value, (_, kind) in zip(row, names, strict=True)] for row in shown]
    right = [kind in _NUMBERS for _, kind in names]
    print("\n".join(aligned([name for name, _ in names], cells, right)))
    more = next(rows, None) is not None
    count = f"first {len(shown):,} rows; --format csv writes all" if more else _rows(len(shown))
    print(f"({count})")


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


_WRITERS: dict[str, Writer] = {"csv": _write_csv, "json": _write_json, "table": _write_table}


def _boolean(value: str) -> str:
    return "true" if value == "t" else "false"


def _explain(error: psycopg.Error, statement: str) -> str:
    """Say what is wrong with the statement, and where."""
    found = error.diag
    message = found.message_primary or str(error)
    if "COPY" in message and not found.sqlstate:
        message = "COPY is not for here: write the query and --format csv"
    if "multiple commands" in message:
        return "sql: is one statement at a time: call it for each, or give all of them to `evergreen psql -c`"
    where = ""
    if found.statement_position:
        before = statement[: int(found.statement_position) - 1]
        column = len(before) - (before.rfind("\n") + 1) + 1
        where = f" (line {before.count(chr(10)) + 1}, column {column})"
    hint = f": {found.message_hint}" if found.message_hint else ""
    return f"sql: {message}{where}{hint}"


def _near(warehouse: Warehouse, error: psycopg.Error) -> str:
    """Return the name that a relation nobody knows may stand for; the server knows columns only."""
    if not isinstance(error, psycopg.errors.UndefinedTable):
        return ""
    _, _, rest = (error.diag.message_primary or "").partition('"')
    with warehouse.connect("reader") as connection:
        near = did_you_mean(rest.partition('"')[0], marts(connection))
    return f": {near}" if near else ""


def shell(role: str, arguments: list[str]) -> int:
    """Run psql as `role` with further arguments and return its exit code."""
    with existing_warehouse() as warehouse:
        program = binaries.in_wheel(settings().postgres_version)["psql"]
        environment = os.environ | warehouse.environment(_role(role)) | {"PGAPPNAME": "evergreen psql"}
        process = subprocess.Popen([str(program), *arguments], env=environment)
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:  # it is psql's: it cancels the statement
                continue


def print_url(role: str) -> None:
    """Print the connection string of `role`."""
    with existing_warehouse() as warehouse:
        print(warehouse.url(_role(role)))
    if warehouse.embedded and not server.is_running():
        note = "evergreen: the server is not running: `evergreen run` and `evergreen serve` start it"
        print(note, file=sys.stderr)


def _role(name: str) -> Role:
    return name  # type: ignore[return-value] # the command line offers nothing else

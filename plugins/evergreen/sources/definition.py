"""The typed form of `sources/<source>.yml`: where a source is, what it holds, what its columns are to us.

Everything here is checked when the file is read, so that what uses it can rely on it: names are safe as SQL
identifiers, keys and references name columns that exist.
"""

from __future__ import annotations

import codecs
import re
from datetime import timedelta
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from evergreen.sources.header import HeaderMatch, match_header
from evergreen.sources.names import LONGEST, Identifier

Type = Literal["text", "integer", "bigint", "numeric", "boolean", "date", "timestamp", "json"]
Clean = Literal["trim", "strip_decimal", "strip_leading_zeros", "empty_as_null"]
Policy = Literal["evolve", "freeze", "discard_row", "discard_value"]
FormatType = Literal["csv", "blanks", "parquet", "json", "jsonl"]

FORMAT_OF_ENDING: dict[str, FormatType] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}


class Strict(BaseModel):
    """A part of a definition: unknown keys are mistakes, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Misplaced(ValueError):
    """A mistake at a place below the part that notices it."""

    def __init__(self, message: str, *place: str) -> None:
        super().__init__(message)
        self.place = place


def _as_list(value: Any) -> Any:
    """Let one text stand for a list of one."""
    return [value] if isinstance(value, str) else value


def _duration(value: Any) -> Any:
    """Read `3 days`, `90 minutes`, `1 hour`."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"(\d+) (minute|hour|day|week)s?", value.strip())
    if not found:
        raise ValueError(f"{value!r} is no duration: write a number and minutes, hours, days or weeks")
    return timedelta(**{f"{found[2]}s": int(found[1])})


Names = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]


class Column(Strict):
    """A column of a source table.

    name: ours, in landing, raw and staging.
    headers: what the source calls it (YAML `from`): one name, or several where its files differ.
    required: NULL breaks a rule of the gate.
    optional: a delivery may lack it altogether.
    identifies: the value names a customer (raw holds a pseudonym), an order or a product.
    namespace: whose customers it names: equal identifiers of one namespace are one customer.
    personal: belongs to a person and to schema pii only.
    """

    name: Identifier
    headers: Names = Field(alias="from", default=())
    type: Type = "text"
    description: str = ""
    required: bool = False
    optional: bool = False
    clean: tuple[Clean, ...] = ()
    identifies: Literal["customer", "order", "product"] | None = None
    namespace: Identifier | None = None
    personal: bool = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.headers:
            object.__setattr__(self, "headers", (self.name,))
        if self.name.startswith("_"):
            raise ValueError(f"{self.name!r}: names that begin with _ are the warehouse's own")
        if self.required and self.optional:
            raise ValueError("a column cannot be required and optional")
        if self.personal and (self.identifies or self.required):
            raise ValueError("a personal column neither identifies anything nor is required")
        if self.identifies and self.type != "text":
            raise ValueError(f"a column that identifies a {self.identifies} has type text, not {self.type}")
        if self.namespace and self.identifies != "customer":
            raise ValueError("namespace belongs to columns with identifies: customer")
        return self


class FileFormat(Strict):
    """Which files hold the table, and how to read them.

    match: pattern of the path below the source's location, `*`, `?`, `[…]`; compression (`.gz`) is seen
        through, so `*.csv` takes `a.csv` and `a.csv.gz`.
    format: taken from the ending of the pattern if left out.
    delimiter, quote: one ASCII character each; for csv.
    encoding: of text formats, any that Python knows.
    header: whether the first record names the columns; without one the columns come as declared.
    null_text: an unquoted field with this text is NULL; for csv and blanks. Empty fields always are.
    """

    match: str
    format: FormatType = "csv"
    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    header: bool = True
    null_text: str = ""

    @model_validator(mode="before")
    @classmethod
    def _infer(cls, value: Any) -> Any:
        """Let a plain pattern stand for itself, and take the format from its ending."""
        given = {"match": value} if isinstance(value, str) else value
        if not isinstance(given, dict) or not isinstance(given.get("match"), str):
            return given
        ending = next((e for e in FORMAT_OF_ENDING if given["match"].endswith(e)), None)
        if "format" not in given and ending is None:
            raise ValueError(
                f"the format of {given['match']!r} does not show: write {{match: …, format: csv}} or another"
            )
        inferred: dict[str, Any] = {"format": FORMAT_OF_ENDING[ending]} if ending else {}
        if ending == ".tsv":
            inferred["delimiter"] = "\t"
        return inferred | given

    @field_validator("match")
    @classmethod
    def _inside(cls, value: str) -> str:
        if value.startswith("/") or ".." in value.split("/") or value.endswith(".gz"):
            raise ValueError(f"{value!r}: write a pattern below the source's location, without .gz")
        return value

    @field_validator("delimiter", "quote")
    @classmethod
    def _one_character(cls, value: str) -> str:
        if len(value) != 1 or not value.isascii() or value in "\r\n\0":
            raise ValueError(f"{value!r} is not one ASCII character")
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            codecs.lookup(value)
        except LookupError:
            raise ValueError(f"{value!r} is no known encoding: write utf-8, latin-1, cp1252 …") from None
        return value

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.delimiter == self.quote:
            raise ValueError("delimiter and quote are the same")
        return self


class Paging(Strict):
    """How an HTTP table is cut into pages.

    by: `number` asks for page `first`, `first` + 1 … until one is empty; `link` follows the address found
        under `next` in the answer until there is none.
    """

    by: Literal["number", "link"] = "number"
    parameter: str = "page"
    first: int = 1
    size_parameter: str | None = "page_size"
    size: int = Field(default=500, ge=1, le=100_000)
    next: str = "next"


class HttpTable(Strict):
    """Where a table is on an HTTP source.

    path: below the base URL.
    parameters: sent with every request.
    items: key under which an answer holds its rows, dots for deeper ones; None where the answer is the list.
    paging: None where one answer holds all.
    since: parameter that takes the high-water mark less the look-back, as ISO 8601; None reads everything.
    """

    path: str
    parameters: dict[str, str] = {}
    items: str | None = "items"
    paging: Paging | None = Paging()
    since: str | None = None


class HttpAccess(Strict):
    """How to get at an HTTP source; secrets come from a connection or the environment, never from here.

    token_connection: Airflow connection whose password is the bearer token.
    token_environment: environment variable that holds the bearer token.
    """

    token_connection: str | None = None
    token_environment: str | None = None
    timeout_seconds: float = Field(default=30, gt=0)
    attempts: int = Field(default=5, ge=1, le=20)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.token_connection and self.token_environment:
            raise ValueError("give token_connection or token_environment, not both")
        return self


class DeliveredOn(Strict):
    """Where the day of a delivery stands."""

    source: Literal["file_name"] = Field(alias="from", default="file_name")
    pattern: str = r"\d{4}-\d{2}-\d{2}"
    date_format: str = "%Y-%m-%d"

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"{value!r} is no regular expression ({error})") from None
        return value


class SchemaPolicy(Strict):
    """What happens when a delivery's columns are not the declared ones.

    evolve takes the change on, freeze rejects the batch, discard_row quarantines the rows concerned,
    discard_value drops the values concerned.
    """

    added: Policy = "evolve"
    missing: Policy = "freeze"
    renamed: Policy = "freeze"
    reordered: Policy = "evolve"
    changed_type: Policy = "discard_row"


class Table(Strict):
    """A table of a source.

    source, name: set by the source it stands in.
    key: names of the columns (ours) that identify a row; or `all`: the row as a whole does.
    partition: `file`: a redelivered file replaces what it brought before; None: keys alone decide.
    duplicates: of a file's exact copies, with key `all`: `quarantine` all but one, or `keep` them all.
    updated_at: column whose greater value makes the later version; the cursor of incremental reading.
    look_back: how far behind the high-water mark the next reading begins, for what was written late.
    references: our column → `table.column` of its parent in the same source.
    ignore: headers that are known and not wanted.
    files, http, relation (YAML `from`): where the table is, for each reader that can read it.
    """

    source: Identifier
    name: Identifier
    description: str = ""
    files: tuple[FileFormat, ...] = ()
    http: HttpTable | None = None
    relation: str | None = Field(alias="from", default=None)
    key: Literal["all"] | tuple[str, ...]
    partition: Literal["file"] | None = None
    duplicates: Literal["quarantine", "keep"] = "quarantine"
    updated_at: str | None = None
    look_back: Duration = timedelta(0)
    delivered_on: DeliveredOn | None = None
    schema_policy: SchemaPolicy = SchemaPolicy()
    references: dict[str, str] = {}
    ignore: tuple[str, ...] = ()
    columns: tuple[Column, ...]

    @model_validator(mode="before")
    @classmethod
    def _gather_columns(cls, value: Any) -> Any:
        """Turn the mapping name → attributes into columns; `name:` alone or `name: integer` will do."""
        if not isinstance(value, dict) or not isinstance(value.get("columns"), dict):
            return value
        return value | {"columns": [_named(k, v, "type") for k, v in value["columns"].items()]}

    @field_validator("files", mode="before")
    @classmethod
    def _one_pattern(cls, value: Any) -> Any:
        return [value] if isinstance(value, str | dict) else value

    @field_validator("relation")
    @classmethod
    def _relation(cls, value: str | None) -> str | None:
        if value is not None and not all(0 < len(part) <= LONGEST for part in value.split(".")[:3]):
            raise ValueError(f"{value!r} is no table: write schema.table")
        return value

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.qualified_name) > LONGEST:
            raise ValueError(
                f"{self.qualified_name!r} is {len(self.qualified_name)} characters long: "
                f"PostgreSQL takes {LONGEST}"
            )
        if not self.columns:
            raise Misplaced("at least one is needed", "columns")
        self._check_headers()
        self._check_key()
        if self.updated_at is not None:
            self._known(self.updated_at, "updated_at")
        elif self.look_back:
            raise Misplaced("needs updated_at, the column it looks back from", "look_back")
        for child in self.references:
            self._known(child, "references", child)
        return self

    def _check_headers(self) -> None:
        owners: dict[str, str] = {}
        for column in self.columns:
            for header in column.headers:
                other = owners.setdefault(header.strip().casefold(), column.name)
                if other != column.name:
                    raise Misplaced(f"{header!r} is what {other} comes from too", "columns", column.name)
        for header in self.ignore:
            owner = owners.get(header.strip().casefold())
            if owner:
                raise Misplaced(f"{header!r} is what {owner} comes from", "ignore")

    def _check_key(self) -> None:
        if self.key == "all":
            return
        if not self.key:
            raise Misplaced("name at least one column, or write `all`", "key")
        if len(set(self.key)) < len(self.key):
            raise Misplaced("names a column twice", "key")
        for name in self.key:
            if self._known(name, "key").personal:
                raise Misplaced(f"{name!r} is personal, and raw does not hold it", "key")

    def _known(self, name: str, *place: str) -> Column:
        try:
            return self.column(name)
        except KeyError:
            known = ", ".join(column.name for column in self.columns)
            raise Misplaced(f"no column {name!r} here: there are {known}", *place) from None

    @property
    def qualified_name(self) -> str:
        """`<source>__<table>`: the table's name in landing and raw."""
        return f"{self.source}__{self.name}"

    def column(self, name: str) -> Column:
        """Return the column called `name` here; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def namespace(self, column: Column) -> str:
        """Return whose customers `column` names."""
        return column.namespace or self.source

    def match(self, header: list[str]) -> HeaderMatch[Column]:
        """Compare a delivery's header with the declared columns."""
        return match_header(header, self.columns, self.ignore)


class Source(Strict):
    """A source system: one YAML in `sources/`.

    reader: how to read it where the location does not say so itself (`https://…`, `postgresql://…`).
    location: default place: a directory, file or object-store URI; a database URL or connection id; a base
        URL.
    time_zone: in which timestamps without a zone are meant.
    """

    source: Identifier
    description: str = ""
    owner: str = ""
    time_zone: str = "UTC"
    reader: Literal["files", "postgres", "http"] = "files"
    location: str | None = None
    http: HttpAccess = HttpAccess()
    tables: dict[str, Table]

    @model_validator(mode="before")
    @classmethod
    def _name_tables(cls, value: Any) -> Any:
        if not isinstance(value, dict) or not isinstance(value.get("tables"), dict):
            return value
        source = value.get("source")
        return value | {
            "tables": {k: _named(k, v, None, source=source) for k, v in value["tables"].items()},
        }

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{value!r} is no time zone: write one like Europe/London") from None
        return value

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.tables:
            raise Misplaced("at least one is needed", "tables")
        for table in self.tables.values():
            self._check_place(table)
            for child, parent in table.references.items():
                self._check_reference(table, child, parent)
        return self

    def _check_place(self, table: Table) -> None:
        if self.reader == "files" and not table.files:
            raise Misplaced("the files reader needs `files:`, the patterns to match", "tables", table.name)
        if self.reader == "http" and table.http is None:
            raise Misplaced("the http reader needs `http:` with a path", "tables", table.name)

    def _check_reference(self, table: Table, child: str, parent: str) -> None:
        place = ("tables", table.name, "references", child)
        name, _, column_name = parent.partition(".")
        if name not in self.tables:
            raise Misplaced(f"no table {name!r} here: there are {', '.join(self.tables)}", *place)
        try:
            target = self.tables[name].column(column_name)
        except KeyError:
            raise Misplaced(f"{name} has no column {column_name!r}", *place) from None
        ours = table.column(child)
        if (ours.identifies == "customer") != (target.identifies == "customer"):
            raise Misplaced("only one of the two columns identifies a customer", *place)


def _named(name: Any, attributes: Any, short: str | None, **more: Any) -> Any:
    """Put the key of a mapping into its value, so that every part knows its name."""
    if attributes is None:
        attributes = {}
    if short and isinstance(attributes, str):
        attributes = {short: attributes}
    if not isinstance(attributes, dict):
        return attributes
    given = {"name", *more} & set(attributes)
    if given:
        raise ValueError(f"{name}: {', '.join(sorted(given))} is not written out: the key says it")
    return attributes | {"name": name} | more

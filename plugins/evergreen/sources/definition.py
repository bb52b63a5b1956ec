"""The typed form of `sources/<source>.yml`: where a source is, what it holds, what its columns are to us.

Everything here is checked when the file is read, so that what uses it can rely on it: names are safe as SQL
identifiers, keys and references name columns that exist.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from evergreen.sources.access import DeliveredOn, FileFormat, HttpAccess, HttpTable
from evergreen.sources.header import HeaderMatch, match_header
from evergreen.sources.names import LONGEST, ColumnName, Identifier
from evergreen.sources.strict import Duration, Misplaced, Names, Strict

Type = Literal["text", "integer", "bigint", "numeric", "boolean", "date", "timestamp", "json"]
Clean = Literal[
    "trim",
    "strip_decimal",
    "strip_leading_zeros",
    "empty_as_null",
    "day_first",
    "month_first",
    "decimal_comma",
    "decimal_point",
]
# Steps that read a value as people write it, and the types they are for.
READS: dict[str, tuple[str, ...]] = {
    "day_first": ("date", "timestamp"),
    "month_first": ("date", "timestamp"),
    "decimal_comma": ("integer", "bigint", "numeric"),
    "decimal_point": ("integer", "bigint", "numeric"),
}
Policy = Literal["evolve", "freeze", "discard_row", "discard_value"]


class Column(Strict):
    """A column of a source table.

    name: ours, in landing, raw and staging.
    headers: what the source calls it (YAML `from`): one name, or several where its files differ.
    required: NULL breaks a rule of the gate.
    optional: a delivery may lack it altogether.
    identifies: the value names a customer (raw holds a pseudonym), an order or a product.
    namespace: whose customers it names: equal identifiers of one namespace are one customer.
    personal: belongs to a person and to schema pii only.
    free_text: what somebody wrote; it may say who, so it goes when the customer is erased.
    """

    name: ColumnName
    headers: Names = Field(alias="from", default=())
    type: Type = "text"
    description: str = ""
    required: bool = False
    optional: bool = False
    clean: tuple[Clean, ...] = ()
    identifies: Literal["customer", "order", "product"] | None = None
    namespace: Identifier | None = None
    personal: bool = False
    free_text: bool = False

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
        if self.free_text and (self.personal or self.identifies or self.required or self.type != "text"):
            raise ValueError("a column of free text has type text, and is neither personal nor required")
        if self.identifies and self.type != "text":
            raise ValueError(f"a column that identifies a {self.identifies} has type text, not {self.type}")
        for step in self.clean:
            if self.type not in READS.get(step, (self.type,)):
                raise ValueError(f"{step} is for columns of type {' or '.join(READS[step])}, not {self.type}")
        if self.namespace and self.identifies != "customer":
            raise ValueError("namespace belongs to columns with identifies: customer")
        return self


class SchemaPolicy(Strict):
    """What happens when a delivery's columns are not the declared ones.

    evolve takes the change on, freeze rejects the batch, discard_row quarantines the rows concerned,
    discard_value drops the values concerned. `added` may be left to the table: see `Table.added_policy`.
    """

    added: Policy | None = None
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
    references: dict[str, str] = Field(default_factory=dict)
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

    @property
    def added_policy(self) -> Policy:
        """What becomes of columns nobody declared.

        Unless it says otherwise, a table that describes persons takes none on: the next may be personal too.
        """
        describes_persons = any(column.personal for column in self.columns)
        return self.schema_policy.added or ("discard_value" if describes_persons else "evolve")

    def column(self, name: str) -> Column:
        """Return the column called `name` here; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def namespace(self, column: Column) -> str:
        """Return whose customers `column` names."""
        return column.namespace or self.source

    def match(self, header: list[str], *, omits_nulls: bool = False) -> HeaderMatch[Column]:
        """Compare a delivery's header with the declared columns.

        Where the delivery `omits_nulls`, columns that need no value may lack; not, though, beside new ones,
        which may be the same under another name.
        """
        match = match_header(header, self.columns, self.ignore)
        if not omits_nulls or match.extra:
            return match
        needed = [column for column in match.missing if column.required or column.name in self.key]
        return replace(match, missing=tuple(needed))


class Source(Strict):
    """A source system: one YAML in `sources/`.

    reader: how to read it where the location does not say so itself (`https://…`, `postgresql://…`).
    location: default place: a directory, file or object-store URI; a database URL or connection id; a base
        URL.
    time_zone: in which timestamps without a zone are meant.
    fresh_within: how old the last promotion may be before somebody is told; None = as old as it likes.
    """

    source: Identifier
    description: str = ""
    owner: str = ""
    time_zone: str = "UTC"
    fresh_within: Duration | None = None
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

"""The sound rows of a table, as SQL reads them from its working tables."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from evergreen.loading.relations import Relations, comma, compose, conjunction, relations_of
from evergreen.loading.tables import key_columns, raw_columns
from evergreen.sources.definition import Column, Table


@dataclass(frozen=True, slots=True)
class Rows:
    """How the sound rows of a table are read from its working tables.

    evolved: columns that deliveries brought without being declared.
    """

    table: Table
    evolved: tuple[str, ...]

    @property
    def names(self) -> Relations:
        """SQL names of the table's relations."""
        return relations_of(self.table)

    @property
    def key(self) -> list[sql.Identifier]:
        """Columns in `raw` that tell which row of the source a version is of."""
        return [sql.Identifier(name) for name in key_columns(self.table)]

    @property
    def columns(self) -> list[str]:
        """Columns in `raw` that come from the source."""
        own = ["_key"] if self.table.key == "all" else []
        return [*(column.name for column in raw_columns(self.table)), *self.evolved, *own]

    def value(self, name: str) -> sql.Composable:
        """Return SQL for what `raw` will hold in a column."""
        if name == "_key":
            whole = sql.SQL("encode(uuid_send(typed._row_hash), 'hex')")
            kept = self.table.duplicates == "keep"
            return compose("{whole} || ':' || typed._occurrence", whole=whole) if kept else whole
        if name in {column.name for column in self.customers}:
            return compose("{identity}.pseudonym", identity=_identity(name))
        return compose("typed.{name}", name=sql.Identifier(name))

    @property
    def values(self) -> list[sql.Composable]:
        """Return SQL for all `columns`, in their order."""
        return [self.value(name) for name in self.columns]

    @property
    def key_values(self) -> list[sql.Composable]:
        """Return SQL for the `key`, in its order."""
        return [self.value(name) for name in key_columns(self.table)]

    @property
    def named_key(self) -> sql.Composed:
        """Return the key's values under its names, for a select list."""
        pairs = zip(self.key_values, self.key, strict=True)
        return comma([compose("{value} as {name}", value=value, name=name) for value, name in pairs])

    def same_key(self, alias: str) -> sql.Composed:
        """Return the condition that a row of `raw`, or another relation with its key, has this row's key."""
        pairs = zip(self.key, self.key_values, strict=True)
        return conjunction(
            [
                compose("{at}.{name} = {value}", at=sql.SQL(alias), name=name, value=value)
                for name, value in pairs
            ]
        )

    @property
    def version_at(self) -> sql.Composable:
        """Return SQL for the moment that makes one version later than another, NULL where there is none."""
        if self.table.updated_at is None:
            return sql.SQL("null::timestamptz")
        return compose("typed.{name}", name=sql.Identifier(self.table.updated_at))

    @property
    def customers(self) -> list[Column]:
        """Columns that name customers."""
        return [column for column in self.table.columns if column.identifies == "customer"]

    @property
    def origin(self) -> sql.Composed:
        """Return the from clause of the sound rows: `typed` with `batch`, without the failing ones."""
        return compose(
            """
            from {typed} as typed
            inner join gated as batch on batch.batch_id = typed._batch_id and batch.rejected_for is null
            left join failing
                on failing._batch_id = typed._batch_id and failing._line_number = typed._line_number
            {identities}
            """,
            typed=self.names.typed,
            identities=self.identities,
        )

    @property
    def identities(self) -> sql.Composed:
        """Return the joins that find the pseudonyms."""
        return sql.SQL("").join(
            compose(
                """
                left join identities as {identity}
                    on {identity}.namespace = {namespace} and {identity}.identifier = typed.{column}
                """,
                identity=_identity(column.name),
                namespace=sql.Literal(self.table.namespace(column)),
                column=sql.Identifier(column.name),
            )
            for column in self.customers
        )


IS_SOUND = sql.SQL("failing._batch_id is null")
"""Condition on `Rows.origin`."""


def _identity(name: str) -> sql.Identifier:
    return sql.Identifier(f"identity of {name}")

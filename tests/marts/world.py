"""A made-up input layer whose rows have versions by promotion, as raw has; builds and releases over it.

The relations of `input_layer` are views over tables of this module's own, so what is tested is everything
from the input layer on: what changed, facts, marts. Releases are opened, published and rolled back by the
real thing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from psycopg import sql

from evergreen.publishing.candidate import Candidate, open_candidate, settle
from evergreen.publishing.publish import publish
from evergreen.warehouse import migrate
from evergreen.warehouse.connections import Connection, Warehouse
from marts.building import DBT_PROJECT, run_dbt

SOURCE = "shop"
FACTS = ("path:models/marts/core/facts", "+path:models/marts/core/facts,path:models/intermediate")
MARTS = (
    *FACTS,
    *("calendar", "customers", "customer_lifecycle", "cohort_retention", "cohort_retention_by_segment"),
    *("cohort_retention_weekly", "cohort_retention_quarterly"),
    *(
        "revenue_movements",
        "revenue_movements_rolling_year",
        "activity_cost_totals",
        "customer_activity_drivers",
    ),
    *("+calendar,path:models/intermediate", "+customers,path:models/intermediate"),
    "path:models/intermediate/retention",
)
COHORTS = (
    *FACTS,
    *("cohort_retention", "cohort_retention_by_segment"),
    *("cohort_retention_weekly", "cohort_retention_quarterly"),
    *("path:models/intermediate/retention", "int_customers__totalled"),
)
KEPT = (
    *(*FACTS, "config.schema:kept", "+config.schema:kept,path:models/intermediate"),
    *("int_lifecycle__spells", "activity_cost_totals", "customer_activity_drivers"),
    *(
        "+activity_cost_totals,path:models/intermediate",
        "+customer_activity_drivers,path:models/intermediate",
    ),
)
EVERYTHING = (*FACTS, "path:models/marts", "path:models/intermediate")
VALUE = (
    *(*FACTS, "customers", "customer_lifecycle", "customer_lifecycle_history", "path:models/marts/value"),
    *("tenure_cash_flow", "retention_scenarios", "acquisition_efficiency"),
    *("+customers,path:models/intermediate", "+path:models/marts/value,path:models/intermediate"),
)

KEYS = {
    "customers": ["customer_id"],
    "orders": ["order_id"],
    "order_lines": ["order_id", "line_key"],
    "refunds": ["refund_id"],
    "products": ["product_id"],
    "product_upgrades": ["product_id", "upgrades_product_id"],
    "exchange_rates": ["rate_date", "currency"],
    "contacts": ["contact_id"],
    "survey_responses": ["response_id"],
    "survey_answers": ["response_id", "item_code"],
    "survey_items": ["instrument", "item_code"],
    "customer_costs": ["cost_id"],
    "activity_costs": ["cost_month", "activity"],
    "marketing_costs": ["cost_month", "channel"],
}
FACT_KEYS = {
    "orders": ["order_id"],
    "order_lines": ["order_id", "line_key"],
    "refunds": ["refund_id"],
    "contacts": ["contact_id"],
    "survey_answers": ["response_id", "item_code"],
    "products": ["product_id"],
    "survey_questions": ["instrument", "item_code"],
}
MART_KEYS = {
    "customers": ["customer_id"],
    "customer_lifecycle": ["customer_id"],
    "calendar": ["day"],
    "cohort_retention": ["cohort_month", "months_since_first"],
    "cohort_retention_weekly": ["cohort_week", "weeks_since_first"],
    "cohort_retention_quarterly": ["cohort_quarter", "quarters_since_first"],
    "revenue_movements": ["month"],
    "revenue_movements_rolling_year": ["month"],
    "cohort_retention_by_segment": [
        "cohort_month",
        "months_since_first",
        "segment",
        "acquisition_channel",
    ],
}
KEPT_MART_KEYS = {
    "activity_cost_totals": ["month", "activity"],
    "customer_activity_drivers": ["month", "customer_id"],
}
KEYS_OF_RELEASE = FACT_KEYS | MART_KEYS | KEPT_MART_KEYS

Key = tuple[str, ...]
Row = dict[str, Any]
Change = tuple[str, Key, Row | None]
"""Entity, key, and the new row; None = the row is gone."""


@dataclass
class World:
    """The rows that sources have delivered, by entity and key, and the warehouse that knows them.

    variables: of dbt, besides those that every build is given.
    """

    warehouse: Warehouse
    target: Path
    rows: dict[str, dict[Key, Row]] = field(default_factory=lambda: {entity: {} for entity in KEYS})
    variables: dict[str, Any] = field(default_factory=dict)

    def prepare(self) -> None:
        """Make the input layer: a table with versions, and a view, per entity."""
        with self.warehouse.connect("transformer") as connection:
            for entity in KEYS:
                _prepare(connection, entity)

    def promote(self, changes: Iterable[Change]) -> None:
        """Promote changes in one promotion: supersede, insert, and note what was touched."""
        with self.warehouse.connect("loader") as loader:
            found = loader.execute(
                "insert into audit.promotions (source) values (%s) returning promotion_id", [SOURCE]
            ).fetchone()
            assert found
            promotion = int(found[0])
        touched: set[tuple[str, str, str]] = set()
        with self.warehouse.connect("transformer") as connection:
            for entity, key, row in changes:
                before = self.rows[entity].get(key)
                versions = [version for version in (before, row) if version]
                touched |= {
                    (entity, kind, value)
                    for version in versions
                    for kind, value in self._touched(entity, version)
                }
                _write(connection, entity, key, row, promotion)
                if row is None:
                    self.rows[entity].pop(key, None)
                else:
                    self.rows[entity][key] = row
        with self.warehouse.connect("loader") as loader:
            loader.cursor().executemany(
                "insert into raw.changes values (%s, %s, %s, %s, %s)",
                [(promotion, SOURCE, *item) for item in sorted(touched)],
            )

    def _touched(self, entity: str, row: Row) -> Iterable[tuple[str, str]]:
        """Tell what loading notes: the identifiers in a row, and the customer of an answer's response.

        The customer of a line's order is left out although loading may note it: the order must do.
        """
        if row.get("customer_id"):
            yield "customer", row["customer_id"]
        if row.get("order_id"):
            yield "order", row["order_id"].removeprefix(f"{SOURCE}:")
        if row.get("product_id"):
            yield "product", row["product_id"].removeprefix(f"{SOURCE}:")
        if entity == "survey_answers":
            response = self.rows["survey_responses"].get((row["response_id"],), {})
            if response.get("customer_id"):
                yield "customer", response["customer_id"]

    def open(self, as_of: date, *, full_refresh: bool = False) -> Candidate:
        """Open a candidate over everything promoted."""
        opened = open_candidate(self.warehouse, [SOURCE], json.dumps(self.variables, sort_keys=True))
        settled = settle(self.warehouse, opened.release_id, as_of, full_refresh=full_refresh)
        assert settled, "nothing to build"
        return settled

    def build(self, candidate: Candidate, select: tuple[str, ...] = FACTS) -> None:
        """Let dbt build the candidate: facts alone, or facts and marts with all their data tests."""
        with_marts = select not in (FACTS, KEPT, EVERYTHING)
        variables = {"active_sources": [SOURCE], "reconcile": with_marts, **self.variables}
        run_dbt(self.warehouse, self.target, select, variables, "build" if with_marts else "run")

    def release(self, as_of: date, select: tuple[str, ...] = FACTS, *, full_refresh: bool = False) -> int:
        """Open, build and publish; return the release's number."""
        candidate = self.open(as_of, full_refresh=full_refresh)
        self.build(candidate, select)
        publish(self.warehouse, candidate.release_id)
        return candidate.release_id

    def query(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Return the rows of a statement; what is published is found without its schema."""
        with self.warehouse.connect("transformer") as connection:
            connection.execute("set search_path = marts")
            return connection.execute(statement.encode(), parameters).fetchall()

    def dump(self, fact: str) -> list[str]:
        """Return the open rows of a fact as COPY prints them, in the order of its key."""
        with self.warehouse.connect("transformer") as connection:
            return _copied(connection, "core", fact, FACT_KEYS[fact], sql.SQL("where _to_release is null"))

    def dump_kept(self) -> dict[str, list[str]]:
        """Return the rows of each kept step, and what is foreseen cut off, as COPY prints them, sorted."""
        steps = self.query(
            "select relname from pg_class where relnamespace = 'kept'::regnamespace and relkind = 'r'"
            " and relname like 'int\\_%%' order by 1"
        )
        return self._dump_all(
            [*(("kept", name) for (name,) in steps), ("intermediate", "int_lifecycle__spells")]
        )

    def dump_marts(self) -> dict[str, list[str]]:
        """Return the rows of all that readers see, as COPY prints them, sorted."""
        seen = self.query(
            "select relname from pg_class where relnamespace = 'marts'::regnamespace order by 1"
        )
        return self._dump_all([("marts", name) for (name,) in seen])

    def _dump_all(self, relations: list[tuple[str, str]]) -> dict[str, list[str]]:
        with self.warehouse.connect("transformer") as connection:
            return {
                name: sorted(_copied(connection, schema, name, [], sql.SQL(""))) for schema, name in relations
            }

    def dump_release(self, relation: str) -> list[str]:
        """Return what readers see of a fact or mart, as COPY prints it."""
        with self.warehouse.connect("transformer") as connection:
            return _copied(connection, "marts", relation, KEYS_OF_RELEASE[relation], sql.SQL(""))


class OtherWorlds:
    """Makes empty worlds in a database of their own; each takes the place of the one before."""

    def __init__(self, server: Warehouse, target: Path) -> None:
        self._server = server
        self._target = target

    def make(self) -> World:
        """Return an empty world."""
        self.drop()
        with self._server.connect("admin", autocommit=True) as admin:
            admin.execute("create database other_world template template0")
        warehouse = Warehouse(self._server.parameters("admin") | {"dbname": "other_world"}, embedded=False)
        migrate.apply(warehouse)
        world = World(warehouse, self._target)
        world.prepare()
        return world

    def drop(self) -> None:
        """Drop the world that was made last."""
        with self._server.connect("admin", autocommit=True) as admin:
            admin.execute("drop database if exists other_world with (force)")
            for role in ("loader", "transformer", "reader", "steward"):
                admin.execute(f"drop role if exists other_world_{role}")


def columns_of(entity: str) -> dict[str, str]:
    """Return the columns of an input-layer contract with their types."""
    path = DBT_PROJECT / "models" / "input_layer" / f"input_layer__{entity}.yml"
    model = yaml.safe_load(path.read_text(encoding="utf-8"))["models"][0]
    return {column["name"]: column["data_type"] for column in model["columns"]}


def _prepare(connection: Connection, entity: str) -> None:
    columns = columns_of(entity)
    table, view = sql.Identifier("input_layer", f"world_{entity}"), sql.Identifier("input_layer", entity)
    # text is collated as in raw
    typed = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL('text collate "C"' if kind == "text" else kind))
        for name, kind in columns.items()
    )
    connection.execute(
        sql.SQL("create table {} ({}, _promoted_in bigint, _superseded_in bigint)").format(table, typed)
    )
    connection.execute(
        sql.SQL(
            "create view {} as select {} from {} where _promoted_in <= {through}"
            " and (_superseded_in is null or _superseded_in > {through})"
        ).format(
            view,
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            table,
            through=sql.SQL("(select through_promotion from audit.candidate)"),
        )
    )


def _write(connection: Connection, entity: str, key: Key, row: Row | None, promotion: int) -> None:
    table = sql.Identifier("input_layer", f"world_{entity}")
    names = KEYS[entity]
    matches = sql.SQL(" and ").join(
        sql.SQL("{}::text = {}").format(sql.Identifier(name), sql.Placeholder()) for name in names
    )
    connection.execute(
        sql.SQL("update {} set _superseded_in = {} where _superseded_in is null and {}").format(
            table, sql.Literal(promotion), matches
        ),
        list(key),
    )
    if row is None:
        return
    given = {"source": SOURCE} | row
    known = [name for name in columns_of_cached(entity) if name in given]
    connection.execute(
        sql.SQL("insert into {} ({}, _promoted_in) values ({}, {})").format(
            table,
            sql.SQL(", ").join(map(sql.Identifier, known)),
            sql.SQL(", ").join(sql.Placeholder() * len(known)),
            sql.Literal(promotion),
        ),
        [given[name] for name in known],
    )


_known: dict[str, dict[str, str]] = {}


def columns_of_cached(entity: str) -> dict[str, str]:
    """Return `columns_of`, read once."""
    if entity not in _known:
        _known[entity] = columns_of(entity)
    return _known[entity]


def _copied(connection: Connection, schema: str, relation: str, key: list[str], where: sql.SQL) -> list[str]:
    found = connection.execute(
        """
        select column_name
        from information_schema.columns
        where table_schema = %s and table_name = %s and column_name not like '\\_%%'
        order by ordinal_position
        """,
        [schema, relation],
    ).fetchall()
    statement = sql.SQL("copy (select {} from {} {} {}) to stdout").format(
        sql.SQL(", ").join(sql.Identifier(name) for (name,) in found),
        sql.Identifier(schema, relation),
        where,
        sql.SQL("order by {}").format(sql.SQL(", ").join(map(sql.Identifier, key))) if key else sql.SQL(""),
    )
    with connection.cursor().copy(statement) as copy:
        return b"".join(map(bytes, copy)).decode().splitlines()

"""The four roles and what each may do: the least that its work needs."""

from __future__ import annotations

from psycopg import sql

from evergreen.settings import password
from evergreen.warehouse.connections import Connection, Role, Warehouse, ensure_login

WORKING: tuple[Role, ...] = ("loader", "transformer", "reader", "steward")
GENERATIONS = ("marts_1", "marts_2", "marts_3")
BUILT = ("staging", "input_layer", "intermediate", "kept", "core", "marts_candidate", *GENERATIONS)

SCHEMAS = ("landing", "quarantine", "raw", "pii", *BUILT, "predictions", "estimates", "marts", "audit")

# Rights are set from nothing each time, so that a line removed here is a right removed there.
_SCHEMAS: tuple[tuple[str, tuple[str, ...], Role], ...] = (
    ("create, usage", ("landing", "raw"), "loader"),
    ("usage", ("quarantine", "pii", "audit"), "loader"),
    # publishing re-points the views in `marts` as the transformer: it owns them, and what they read
    ("create, usage", (*BUILT, "marts"), "transformer"),
    ("usage", ("raw", "predictions", "estimates", "audit"), "transformer"),
    ("usage", ("marts", "audit"), "reader"),
    ("usage", ("quarantine", "pii", "audit"), "steward"),
)
_TABLES: tuple[tuple[str, str, Role], ...] = (
    ("select, insert, update, delete", "quarantine.rows, quarantine.batches", "loader"),
    # it writes personal data, and sees of it only which version is there: delete and insert, as an upsert
    # from `excluded` counts as reading
    ("insert, update, delete, select (source, customer_id, _row_hash, _batch_id)", "pii.customers", "loader"),
    ("select, insert, delete", "raw.changes", "loader"),
    ("select, insert, update", "audit.load_batches, audit.promotions, audit.gate_results", "loader"),
    ("select, insert", "audit.quarantine_decisions", "loader"),
    ("select", "raw.changes", "transformer"),
    (
        "select, insert, update, delete",
        "audit.candidate, audit.releases, audit.release_relations",
        "transformer",
    ),
    (
        "select, insert, truncate",
        "predictions.run, predictions.customers, predictions.fits, predictions.segments, predictions.holdout,"
        " predictions.churn",
        "transformer",
    ),
    (
        "select, insert, delete",
        "estimates.attributes, estimates.paths, estimates.index_weights",
        "transformer",
    ),
    ("select, insert, update", "audit.value_model_runs, audit.gate_results", "transformer"),
    ("select, update, delete", "quarantine.rows, quarantine.batches, pii.customers", "steward"),
    ("select, insert, update", "audit.erasures", "steward"),
)
# Everyone sees all of audit, tables of later migrations included; it holds no row's values.
_AUDIT_READERS: tuple[Role, ...] = ("loader", "transformer", "reader", "steward")

# (who will create, in which schema, who may then do what)
_LATER: tuple[tuple[Role, str, str, Role], ...] = (
    ("loader", "raw", "select", "transformer"),
    ("admin", "raw", "select", "transformer"),
    ("admin", "raw", "select, insert, update, delete", "loader"),
    ("admin", "landing", "select, insert, update, delete", "loader"),
    ("transformer", "marts", "select", "reader"),
    ("admin", "marts", "select", "reader"),
)

_SESSION: dict[Role, dict[str, str]] = {
    # an analyst's runaway query or forgotten transaction must not hold up loads and publications
    "reader": {
        "default_transaction_read_only": "on",
        "search_path": "marts, audit",
        "statement_timeout": "15min",
        "lock_timeout": "30s",
        "idle_in_transaction_session_timeout": "5min",
    },
    "steward": {"idle_in_transaction_session_timeout": "5min"},
    "loader": {},
    "transformer": {},
}


def prepare(connection: Connection, warehouse: Warehouse) -> None:
    """Make the roles, set their passwords, and set every right anew; in the caller's transaction."""
    for role in WORKING:
        ensure_login(connection, warehouse.role_name(role), password(role))
    _database(connection, warehouse)
    _objects(connection, warehouse)
    for role, values in _SESSION.items():
        name, database = sql.Identifier(warehouse.role_name(role)), sql.Identifier(warehouse.name)
        connection.execute(sql.SQL("alter role {} in database {} reset all").format(name, database))
        for setting, value in values.items():
            content = sql.SQL(value) if setting == "search_path" else sql.Literal(value)
            statement = sql.SQL("alter role {} in database {} set {} = {}")
            connection.execute(statement.format(name, database, sql.Identifier(setting), content))


def _database(connection: Connection, warehouse: Warehouse) -> None:
    """Close the database to everyone but the roles; on our own server, the maintenance databases too."""
    database = sql.Identifier(warehouse.name)
    closed = [database]
    if warehouse.embedded:
        closed += [sql.Identifier("postgres"), sql.Identifier("template1")]
        # anyone may make large objects otherwise, even who may write nothing else
        makers = "lo_create(oid), lo_creat(integer), lo_from_bytea(oid, bytea)"
        connection.execute(f"revoke execute on function {makers} from public")
    for name in closed:
        connection.execute(sql.SQL("revoke all on database {} from public").format(name))
    connection.execute("revoke all on schema public from public")
    for role in WORKING:
        rights = sql.SQL("connect, temporary" if role in ("loader", "transformer") else "connect")
        name = sql.Identifier(warehouse.role_name(role))
        connection.execute(sql.SQL("grant {} on database {} to {}").format(rights, database, name))
    # the same answers whatever the server's own settings are
    connection.execute(sql.SQL("alter database {} set timezone = 'UTC'").format(database))
    connection.execute(sql.SQL("alter database {} set jit = off").format(database))


def _objects(connection: Connection, warehouse: Warehouse) -> None:
    def named(role: Role) -> sql.Identifier:
        return sql.Identifier(warehouse.role_name(role))

    own = sql.SQL(", ").join(named(role) for role in WORKING)
    for schema in SCHEMAS:
        connection.execute(sql.SQL("revoke all on schema {} from {}").format(sql.Identifier(schema), own))
    granted = sql.SQL(", ".join(tables for _, tables, _ in _TABLES))
    connection.execute(sql.SQL("revoke all on {} from {}").format(granted, own))
    for rights, schemas, role in _SCHEMAS:
        statement = sql.SQL("grant {} on schema {} to {}")
        listed = sql.SQL(", ").join(map(sql.Identifier, schemas))
        connection.execute(statement.format(sql.SQL(rights), listed, named(role)))
    for rights, tables, role in _TABLES:
        statement = sql.SQL("grant {} on {} to {}")
        connection.execute(statement.format(sql.SQL(rights), sql.SQL(tables), named(role)))
    for role in _AUDIT_READERS:
        connection.execute(sql.SQL("grant select on all tables in schema audit to {}").format(named(role)))
    numbers = sql.SQL("grant usage on sequence audit.release_numbers to {}")
    connection.execute(numbers.format(named("transformer")))
    for creator, schema, rights, role in _LATER:
        connection.execute(
            sql.SQL("alter default privileges for role {} in schema {} grant {} on tables to {}").format(
                named(creator), sql.Identifier(schema), sql.SQL(rights), named(role)
            )
        )

"""The views in `marts`: what they must be for a release, and the statements that make them so."""

from __future__ import annotations

from dataclasses import dataclass, field

from psycopg import sql

from evergreen.publishing.releases import fact_tables
from evergreen.warehouse.connections import Connection


@dataclass(frozen=True)
class Relation:
    """A table or view as readers may see it: columns in order, with type (and collation) and description."""

    schema: str
    name: str
    columns: dict[str, str]
    comments: dict[str, str] = field(default_factory=dict)  # by column; '' is the relation's own
    kind: str = "table"  # or view, or materialized view


@dataclass(frozen=True)
class View:
    """A view as it must be to show a release: its columns and descriptions, and its query.

    below: the table it shows; where: which of its rows, '' for all.
    is_stored: whether `below` is a table, and not itself a view of others.
    guard: a condition, true for all who see the release; others are told to begin anew.
    """

    relation: Relation
    below: sql.Identifier
    where: sql.Composable
    guard: sql.Composable
    is_stored: bool = True

    @property
    def query(self) -> sql.Composed:
        """What it shows, without the guard: the release need not be published."""
        columns = sql.SQL(", ").join(map(sql.Identifier, self.relation.columns))
        return sql.SQL("select {} from {}{}").format(columns, self.below, self.where)

    @property
    def definition(self) -> sql.Composed:
        """What it is defined by."""
        word = sql.SQL(" and ") if self.where.as_string() else sql.SQL(" where ")
        return self.query + word + self.guard


def views_of(connection: Connection, release_id: int, schema: str) -> dict[str, View]:
    """Return, by name, the views that show a release.

    Marts are shown as they are in `schema`: the release's generation, or the candidate's. Facts are the rows
    of `core` that the release holds, without the columns that say so.
    """
    marts = relations(connection, schema)
    sees = sql.SQL("(select audit.sees_release({}))").format(sql.Literal(release_id))
    everything, of_release = (
        sql.SQL(""),
        sql.SQL(
            " where _from_release <= {number} and (_to_release is null or _to_release > {number})"
        ).format(number=sql.Literal(release_id)),
    )
    found = {
        name: View(_visible(below), _place(below), everything, sees, is_stored=below.kind == "table")
        for name, below in marts.items()
    }
    known = relations(connection, "core")
    for name in fact_tables(connection):
        found[name] = View(_visible(known[name]), _place(known[name]), of_release, sees)
    return found


def statements(connection: Connection, wanted: dict[str, View]) -> list[sql.Composed]:
    """Return what has to be done, in order, so that the views in `marts` are the `wanted` ones.

    A view keeps its identity, its grants and what is built on it where its columns allow that: they may
    grow at the end. Otherwise it is dropped and made anew, and views that nobody wants are dropped.
    """
    present = relations(connection, "marts")
    result = [_drop(name) for name in present if name not in wanted]
    for name, view in wanted.items():
        result += _replace(view, present.get(name))
    return result


def count_rows(connection: Connection, wanted: dict[str, View]) -> dict[str, int]:
    """Return how many rows each of the views shows; those that would have to be computed are left out."""
    counts = [
        sql.SQL("select {}, count(*) from ({}) as counted").format(sql.Literal(name), view.query)
        for name, view in wanted.items()
        if view.is_stored
    ]
    return dict(connection.execute(sql.SQL(" union all ").join(counts)).fetchall()) if counts else {}


def relations(connection: Connection, schema: str) -> dict[str, Relation]:
    """Return the tables and views of a schema by name."""
    rows = connection.execute(
        """
        select
            class.relname,
            attribute.attname,
            format_type(attribute.atttypid, attribute.atttypmod)
            || coalesce(' collate ' || nullif(attribute.attcollation, 0)::regcollation, ''),
            col_description(class.oid, attribute.attnum),
            obj_description(class.oid, 'pg_class'),
            case class.relkind when 'r' then 'table' when 'v' then 'view' else 'materialized view' end
        from pg_class as class
        inner join pg_attribute as attribute
            on attribute.attrelid = class.oid and attribute.attnum > 0 and not attribute.attisdropped
        where class.relnamespace = %s::regnamespace and class.relkind in ('r', 'v', 'm')
        order by class.relname, attribute.attnum
        """,
        [schema],
    ).fetchall()
    found: dict[str, Relation] = {}
    for name, column, column_type, comment, own, kind in rows:
        relation = found.setdefault(name, Relation(schema, name, {}, kind=kind))
        relation.columns[column] = column_type
        if comment:
            relation.comments[column] = comment
        if own:
            relation.comments[""] = own
    return found


def describe(connection: Connection, schema: str, descriptions: dict[str, dict[str, str]]) -> None:
    """Put descriptions on tables and columns, where they differ from what is there.

    Args:
        connection: as the owner.
        schema: of the relations.
        descriptions: relation → column → text; column '' is the relation itself. Unknown ones are skipped.
    """
    for name, relation in relations(connection, schema).items():
        wanted = {
            column: text
            for column, text in descriptions.get(name, {}).items()
            if not column or column in relation.columns
        }
        for statement in _comments(relation, wanted, relation.kind):
            connection.execute(statement)


def _visible(below: Relation) -> Relation:
    """Return the view on a relation: the columns whose names begin with `_` are nobody's business."""
    columns = {name: kind for name, kind in below.columns.items() if not name.startswith("_")}
    comments = {name: text for name, text in below.comments.items() if not name or name in columns}
    return Relation("marts", below.name, columns, comments)


def _place(below: Relation) -> sql.Identifier:
    return sql.Identifier(below.schema, below.name)


def _replace(view: View, present: Relation | None) -> list[sql.Composed]:
    relation = view.relation
    steps: list[sql.Composed] = []
    if present and not _grows(present.columns, relation.columns):
        steps.append(_drop(relation.name))
        present = None
    place = sql.Identifier("marts", relation.name)
    steps.append(sql.SQL("create or replace view {} as ").format(place) + view.definition)
    before = present or Relation("marts", relation.name, relation.columns)
    return steps + _comments(
        before, {"": ""} | dict.fromkeys(relation.columns, "") | relation.comments, "view"
    )


def _grows(before: dict[str, str], after: dict[str, str]) -> bool:
    """Tell whether `create or replace view` may turn the one into the other."""
    return list(before.items()) == list(after.items())[: len(before)]


def _drop(name: str) -> sql.Composed:
    return sql.SQL("drop view {}").format(sql.Identifier("marts", name))


def _comments(present: Relation, wanted: dict[str, str], kind: str) -> list[sql.Composed]:
    """Return the comments that have to be set; kind: of the relation."""
    steps = []
    for column, text in wanted.items():
        if text == present.comments.get(column, ""):
            continue
        place = sql.Identifier(present.schema, present.name, *([column] if column else []))
        what = sql.SQL("column" if column else kind)
        steps.append(sql.SQL("comment on {} {} is {}").format(what, place, sql.Literal(text or None)))
    return steps

"""Whether a source says what its rows are about, where the marts rely on it."""

from __future__ import annotations

from evergreen.errors import EvergreenError
from evergreen.settings import settings
from evergreen.sources.definition import Source

# What a column has to identify, one or the other, for builds to find what a load has touched of an entity.
# An order is found by its customer as well.
_FOUND_BY = {
    "customers": ("customer",),
    "orders": ("order", "customer"),
    "order_lines": ("order", "customer"),
    "products": ("product",),
}


def check_identifiers(source: Source) -> None:
    """Make sure that builds can tell what changed of the customers, orders and products of a source.

    What it delivers, the files below `dbt_project/models/input_layer` say.

    Raises:
        EvergreenError: it delivers such, and no column names them.
    """
    project, name = settings().project, source.source
    marked = {column.identifies for table in source.tables.values() for column in table.columns}
    for model in sorted((project / "dbt_project/models/input_layer" / name).glob(f"input_{name}__*.sql")):
        entity = model.stem.partition("__")[2]
        kinds = _FOUND_BY.get(entity, ())
        if kinds and not marked.intersection(kinds):
            wanted = " or ".join(f"`identifies: {kind}`" for kind in kinds)
            raise EvergreenError(
                f"{project}/sources/{name}.yml: {model.name} delivers {entity}, but no column has {wanted}: "
                "mark each column that names one, or builds would not notice what changed"
            )

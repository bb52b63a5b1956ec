"""Whom an erasure is about: from what a person at the keyboard says to identifiers and pseudonyms."""

from __future__ import annotations

from collections.abc import Iterable

from evergreen.errors import EvergreenError
from evergreen.loading.erased import Person, customer_columns, key_id, key_of
from evergreen.loading.pseudonyms import pseudonyms
from evergreen.sources.definition import Source
from evergreen.warehouse.connections import Connection


def namespaces(sources: Iterable[Source]) -> list[str]:
    """Return whose customers the sources name."""
    return sorted(
        {
            table.namespace(column)
            for source in sources
            for table in source.tables.values()
            for column in customer_columns(table)
        }
    )


def named(sources: dict[str, Source], source: str, identifier: str) -> list[Person]:
    """Return the person whom a source calls `identifier`, in each namespace that the source names.

    Raises:
        EvergreenError: there is no such source, or it names no customers.
    """
    if source not in sources:
        raise EvergreenError(f"--source {source}: is not defined: there are {', '.join(sorted(sources))}")
    found = namespaces([sources[source]])
    if not found:
        raise EvergreenError(f"--source {source}: names no customers: none of its columns identifies one")
    return [Person(namespace, identifier) for namespace in found]


def behind(connection: Connection, sources: Iterable[Source], pseudonym: str) -> list[Person]:
    """Return the person behind a pseudonym, by what `pii.customers` knows.

    Raises:
        EvergreenError: nobody is.
    """
    rows = connection.execute(
        "select distinct identifier from pii.customers where customer_id = %s", [pseudonym]
    ).fetchall()
    made = pseudonyms()
    people = [
        Person(namespace, identifier)
        for (identifier,) in rows
        for namespace in namespaces(sources)
        if made.of(namespace, identifier) == pseudonym
    ]
    if not people:
        raise EvergreenError(
            f"{pseudonym}: is no customer's key: give one as the marts show it, "
            "or say --source NAME and what that source calls the customer"
        )
    return people


def is_erased(connection: Connection, person: Person) -> bool:
    """Tell whether a person was erased before."""
    found = connection.execute("select from audit.erasures where person_key = %s", [key_of(person)])
    return bool(found.rowcount)


def are_known_by_our_keys(connection: Connection, sources: Iterable[Source]) -> bool:
    """Tell whether customers and the erased were named by the keys of this home."""
    other = connection.execute("select from audit.erasures where key_id <> %s limit 1", [key_id()])
    row = connection.execute("select customer_id, identifier from pii.customers limit 1").fetchone()
    made = pseudonyms()
    known = row is None or row[0] in [made.of(namespace, row[1]) for namespace in namespaces(sources)]
    return known and not other.rowcount

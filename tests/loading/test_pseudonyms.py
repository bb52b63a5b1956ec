from psycopg import sql

from evergreen.loading.pseudonyms import expression, pseudonyms
from loading.mill import Mill


def test_sql_and_python_agree(easy: Mill) -> None:
    keys = pseudonyms()
    identifiers = ["1", "17850", "Ünïcode 客户", "x" * 500, "a:b", "'; drop"]
    with easy.warehouse.connect("loader") as connection:
        rows = connection.execute(
            sql.SQL("select i, {} from unnest(%(given)s::text[]) as given (i)").format(
                expression(sql.Literal("shop"), sql.Identifier("i"))
            ),
            keys.parameters | {"given": identifiers},
        ).fetchall()
    assert dict(rows) == {identifier: keys.of("shop", identifier) for identifier in identifiers}
    assert all(len(name) == 24 for _, name in rows)


def test_customers_of_different_namespaces_do_not_collide(easy: Mill) -> None:
    keys = pseudonyms()
    assert keys.of("shop", "1") != keys.of("online_retail", "1")


def test_the_key_has_no_representation(easy: Mill) -> None:
    keys = pseudonyms()
    assert keys.key.decode() not in repr(keys)
    assert keys.salt not in repr(keys)


def test_row_hashes_depend_on_the_key(easy: Mill, monkeypatch) -> None:
    """Who knows all of a row but the customer must not find the customer by hashing guesses."""
    import hashlib

    easy.deliver("2026-01-01.csv", "Order,Quantity,Price,Sold,Customer", "A1,1,3,,17850")
    easy.load()
    found = easy.value("select _row_hash from raw.mill__lines")
    guess = hashlib.md5(b"(A1,1,3,,17850)").hexdigest()
    assert found.hex != guess

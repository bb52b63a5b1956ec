"""What a cell's text becomes, or that it becomes nothing."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from psycopg import sql

from evergreen.loading.relations import compose
from evergreen.loading.values import canonical, cast, cleaned
from evergreen.sources.definition import Column
from evergreen.warehouse.connections import Warehouse

NOTHING = None


def become(warehouse: Warehouse, column: Column, texts: list[str | None], zone: str = "UTC") -> list[Any]:
    """Return the typed values of these texts."""
    query = compose(
        """
        select {value}
        from (
            select {cleaned} as x, place from unnest(%s::text[]) with ordinality as given (x, place)
            offset 0
        ) as given
        order by place
        """,
        value=cast(column, sql.Identifier("x")),
        cleaned=cleaned(column),
    )
    with warehouse.connect("loader") as connection:
        connection.execute("select set_config('TimeZone', %s, true)", [zone])
        connection.execute("set datestyle = 'ISO, YMD'")
        return [row[0] for row in connection.execute(query, [texts]).fetchall()]


CASES: dict[str, dict[str, Any]] = {
    "integer": {
        "7": 7, "-7": -7, "+7": 7, "007": 7, " 7 ": 7, "\t7\u00a0": 7, "2147483647": 2147483647,
        "2147483648": NOTHING, "7.0": NOTHING, "7,000": NOTHING, "1_000": NOTHING, "0x1F": NOTHING,
        "1e3": NOTHING, "seven": NOTHING, "": NOTHING, "   ": NOTHING, "-": NOTHING, "٧": NOTHING,
    },
    "bigint": {"9223372036854775807": 9223372036854775807, "9223372036854775808": NOTHING},
    "numeric": {
        "3.50": Decimal("3.50"), "-0.01": Decimal("-0.01"), ".5": Decimal("0.5"), "1e3": Decimal(1000),
        "1.5E-3": Decimal("0.0015"), " 2 ": Decimal(2), "0": Decimal(0),
        "0.30000000000000004": Decimal("0.30000000000000004"),
        "NaN": NOTHING, "nan": NOTHING, "Infinity": NOTHING, "-Infinity": NOTHING, "inf": NOTHING,
        "1e30": NOTHING, "1e-50": NOTHING, "1e100000": NOTHING, "1e-16000": NOTHING,
        "9" * 61: NOTHING,
        "1,5": NOTHING, "1.2.3": NOTHING, "$5": NOTHING, "0x1F": NOTHING, "1_000.5": NOTHING,
        "5 EUR": NOTHING,
    },
    "boolean": {
        "true": True, "T": True, "yes": True, "1": True, "on": True, "false": False, "n": False, "0": False,
        "ja": NOTHING, "2": NOTHING,
    },
    "date": {
        "2026-11-21": date(2026, 11, 21), "20261121": date(2026, 11, 21), "2026/11/21": date(2026, 11, 21),
        "2026-1-2": date(2026, 1, 2), "2024-02-29": date(2024, 2, 29), "0001-01-01": date(1, 1, 1),
        "2026-11-21 10:00:00": date(2026, 11, 21),
        "2026-02-29": NOTHING, "2026-13-01": NOTHING, "2026-00-10": NOTHING, "21.11.2026": NOTHING,
        "11/21/2026": NOTHING, "21-11-26": NOTHING, "261121": NOTHING, "today": NOTHING, "now": NOTHING,
        "epoch": NOTHING, "infinity": NOTHING, "-infinity": NOTHING, "tomorrow": NOTHING,
        "2026-335": date(2026, 12, 1),
        "June 1, 2026": NOTHING, "2026-Jun-01": NOTHING, "J2451187": NOTHING, "0": NOTHING,
        "10000-01-01": NOTHING,
        "2026-11-21 BC": NOTHING,
    },
    "timestamp": {
        "2026-11-21 10:20:30": datetime(2026, 11, 21, 10, 20, 30, tzinfo=UTC),
        "2026-11-21T10:20:30Z": datetime(2026, 11, 21, 10, 20, 30, tzinfo=UTC),
        "2026-11-21 10:20": datetime(2026, 11, 21, 10, 20, tzinfo=UTC),
        "2026-11-21 10:20:30.123456": datetime(2026, 11, 21, 10, 20, 30, 123456, tzinfo=UTC),
        "2026-11-21T10:20:30+02:00": datetime(2026, 11, 21, 8, 20, 30, tzinfo=UTC),
        "2026-11-21 10:20:30-0500": datetime(2026, 11, 21, 15, 20, 30, tzinfo=UTC),
        "2026-11-21 10:20:30 UTC": datetime(2026, 11, 21, 10, 20, 30, tzinfo=UTC),
        "2026-11-21": datetime(2026, 11, 21, tzinfo=UTC),
        "20261121T102030": datetime(2026, 11, 21, 10, 20, 30, tzinfo=UTC),
        "2026-11-21 25:00": NOTHING, "2026-11-21 10:61": NOTHING, "2026-11-21 10:20 PST": NOTHING,
        "2026-11-21 10:20 Europe/Paris": NOTHING, "2026-11-21 allballs": NOTHING, "10:20": NOTHING,
        "now": NOTHING, "infinity": NOTHING, "1732184430": NOTHING, "2026-11-21 10:20:30+99:00": NOTHING,
    },
    "json": {'{"a": 1}': {"a": 1}, "[1, 2]": [1, 2], "null": None, "{a: 1}": NOTHING, '"\\u0000"': NOTHING},
}  # fmt: skip


@pytest.mark.parametrize("kind", list(CASES))
def test_values(session_warehouse: Warehouse, kind: str) -> None:
    cases = CASES[kind]
    column = Column(name="x", type=kind)  # type: ignore[arg-type]

    assert dict(zip(cases, become(session_warehouse, column, list(cases)), strict=True)) == cases


def test_times_without_an_offset_are_meant_in_the_source_s_zone(session_warehouse: Warehouse) -> None:
    column = Column(name="x", type="timestamp")
    given = [
        "2026-07-01 12:00",
        "2026-01-01 12:00",
        "2026-07-01 12:00Z",
        "2026-03-29 01:30",
        "2026-10-25 01:30",
    ]

    found = become(session_warehouse, column, given, "Europe/London")

    assert [moment.astimezone(UTC).strftime("%m-%d %H:%M") for moment in found] == [
        "07-01 11:00",
        "01-01 12:00",
        "07-01 12:00",
        "03-29 01:30",  # the hour that does not exist: counted on from before the change
        "10-25 01:30",  # the hour that exists twice: its second time
    ]


CLEANED: list[tuple[tuple[str, ...], str | None, str | None]] = [
    ((), " a ", " a "),
    ((), "", None),
    (("trim",), " \ta\u00a0\n", "a"),
    (("trim",), "   ", None),
    (("strip_decimal",), "17850.0", "17850"),
    (("trim", "strip_decimal"), " 17850.0 ", "17850"),
    (("trim", "strip_decimal"), "17850.000", "17850"),
    (("strip_decimal",), "17850.5", "17850.5"),
    (("strip_decimal",), "1.7.0", "1.7.0"),
    (("strip_decimal",), "A.0", "A.0"),
    (("strip_decimal",), ".0", None),
    (("strip_leading_zeros",), "00042", "42"),
    (("strip_leading_zeros",), "000", "0"),
    (("strip_leading_zeros",), "0A", "A"),
    (("trim", "strip_decimal", "strip_leading_zeros"), " 0042.0", "42"),
    (("trim", "strip_decimal", "strip_leading_zeros"), None, None),
]


@pytest.mark.parametrize(("steps", "text", "wanted"), CLEANED)
def test_cleaning(
    session_warehouse: Warehouse, steps: tuple[str, ...], text: str | None, wanted: str | None
) -> None:
    column = Column(name="x", clean=steps)  # type: ignore[arg-type]
    assert become(session_warehouse, column, [text]) == [wanted]


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("numeric", ["30", "30.0", "30.00", "3e1", "+30"]),
        ("integer", ["7", "+7", "007"]),
        ("timestamp", ["2026-01-01 10:00", "2026-01-01T10:00:00.000Z", "2026-01-01 12:00+02"]),
        ("boolean", ["true", "1", "yes"]),
        ("json", ['{"a":1,"b":2}', '{ "b": 2, "a": 1 }']),
    ],
)
def test_equal_values_are_hashed_alike(session_warehouse: Warehouse, kind: str, texts: list[str]) -> None:
    column = Column(name="x", type=kind)  # type: ignore[arg-type]
    query = compose(
        """
        select count(distinct row({canonical})::text)
        from (select {value} as x from unnest(%s::text[]) as given (x)) as given
        """,
        canonical=canonical(column),
        value=cast(column, sql.Identifier("x")),
    )
    with session_warehouse.connect("loader") as connection:
        assert connection.execute(query, [texts]).fetchone() == (1,)


def test_names_reach_sql_quoted(session_warehouse: Warehouse) -> None:
    """Even if a definition let such a name pass."""
    column = Column.model_construct(name='x"; drop', type="integer", clean=())
    with session_warehouse.connect("loader") as connection:
        text = cast(column, sql.Identifier(column.name)).as_string(connection)
    assert '"x""; drop"' in text
    assert sql.Identifier(column.name).as_string() == '"x""; drop"'


WRITTEN: list[tuple[str, str, dict[str, Any]]] = [
    (
        "timestamp", "day_first",
        {
            "21.11.2026": datetime(2026, 11, 21, tzinfo=UTC),
            " 1/2/2026 10:15": datetime(2026, 2, 1, 10, 15, tzinfo=UTC),
            "2026-11-21 10:15": datetime(2026, 11, 21, 10, 15, tzinfo=UTC),
            "11/21/2026": NOTHING, "21.11.26": NOTHING, "31.02.2026": NOTHING, "": NOTHING,
        },
    ),
    ("date", "month_first", {"11/21/2026": date(2026, 11, 21), "21.11.2026": NOTHING}),
    (
        "numeric", "decimal_comma",
        {
            "1.234,50": Decimal("1234.50"), "1 234,5 €": Decimal("1234.5"), "-7": Decimal(-7),
            "€ -0,25": Decimal("-0.25"), "1.234.567": Decimal(1234567), "1234,5": Decimal("1234.5"),
            "1\u00a0234,5": Decimal("1234.5"), "1'234,5": Decimal("1234.5"),
            "1.5": NOTHING, "12.34,5": NOTHING, "1,2,3": NOTHING, "": NOTHING, "k. A.": NOTHING,
        },
    ),
    (
        "numeric", "decimal_point",
        {
            "£1,234.50": Decimal("1234.50"), "-£0.25": Decimal("-0.25"), "1,234": Decimal(1234),
            "1,5": NOTHING, "1.234,50": NOTHING,
        },
    ),
    ("integer", "decimal_comma", {"1.234": 1234, "1,5": NOTHING}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "step", "cases"), WRITTEN, ids=lambda value: str(value)[:14])
def test_values_as_people_write_them(
    session_warehouse: Warehouse, kind: Any, step: Any, cases: dict[str, Any]
) -> None:
    column = Column(name="x", type=kind, clean=(step,))
    assert dict(zip(cases, become(session_warehouse, column, [*cases]), strict=True)) == cases


def test_steps_for_days_are_not_for_numbers() -> None:
    with pytest.raises(ValueError, match="day_first is for columns of type date or timestamp, not numeric"):
        Column(name="x", type="numeric", clean=("day_first",))

import json
from pathlib import Path

import pytest

from evergreen.errors import EvergreenError
from evergreen.loading.judge import Judge
from loading.mill import KEYED, Mill

HEADER = "Order,Quantity,Price,Sold,Customer"


@pytest.fixture
def suite(project: Path):
    """Write the suite of the mill's lines."""

    def write(*expectations: dict) -> Path:
        path = project / "expectations" / "mill__lines.json"
        path.write_text(json.dumps({"name": "mill__lines", "expectations": list(expectations)}))
        return path

    return write


def query(rule: str, text: str, severity: str = "critical") -> dict:
    return {
        "type": "unexpected_rows_expectation",
        "kwargs": {"unexpected_rows_query": text},
        "meta": {"rule": rule},
        "severity": severity,
    }


def between(rule: str, column: str, severity: str = "critical", **bounds: object) -> dict:
    return {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": column, **bounds},
        "meta": {"rule": rule},
        "severity": severity,
    }


def quarantined(mill: Mill) -> list[tuple[object, ...]]:
    return mill.rows("select batch_id, line_number, rule, column_name from quarantine.rows order by 1, 2")


def test_without_a_suite_the_definition_is_the_rule(mill: Mill) -> None:
    mill.deliver(
        "2026-01-01.csv",
        HEADER,
        "A1,1,3,2026-01-01 10:00,C",
        "A1,1,3,2026-01-01 10:00,C",  # a copy
        ",1,3,,",  # no order
        "A2,one,3,2026-13-01,",  # two values that are none
        "A3,,3,,",  # no quantity
    )
    mill.land()
    gated = mill.gate()
    done = mill.promote()

    assert (gated.failing_rows, done.promoted_rows, done.quarantined_rows) == (4, 1, 4)
    assert quarantined(mill) == [
        (1, 3, "duplicate_line", None),
        (1, 4, "not_null:order_id", "order_id"),
        (1, 5, "invalid_value", "quantity,sold_at"),
        (1, 6, "not_null:quantity", "quantity"),
    ]
    results = mill.rows(
        "select rule, column_name, passed, failing_rows from audit.gate_results order by result_id"
    )
    assert results == [
        ("unreadable_row", None, True, 0),
        ("invalid_value", "quantity,sold_at", False, 1),
        ("duplicate_line", None, False, 1),
        ("not_null:order_id", "order_id", False, 1),
        ("not_null:quantity", "quantity", False, 1),  # not the invalid one as well
    ]
    row = mill.value("select row_text from quarantine.rows where line_number = 5")
    assert json.loads(row) == {
        "order_id": "A2", "quantity": "one", "price": "3", "sold_at": "2026-13-01", "customer_id": None
    }  # fmt: skip


def test_a_row_is_quarantined_once_for_the_first_rule_it_breaks(mill: Mill, suite) -> None:
    suite(between("low", "quantity", min_value=0), between("lower", "quantity", min_value=-5))
    mill.deliver("2026-01-01.csv", HEADER, "A1,-9,3,,", "A2,-1,3,,", "A3,1,3,,", "A3,1,3,,")
    done = mill.load()

    assert done.quarantined_rows == 3
    assert quarantined(mill) == [
        (1, 2, "low", "quantity"),
        (1, 3, "low", "quantity"),
        (1, 5, "duplicate_line", None),
    ]
    assert mill.rows(
        "select rule, failing_rows from audit.gate_results where failing_rows > 0 order by 1"
    ) == [
        ("duplicate_line", 1),
        ("low", 2),
        ("lower", 1),
    ]


def test_the_copies_of_a_failing_row_count_as_copies(mill: Mill, suite) -> None:
    suite(between("low", "quantity", min_value=0))
    mill.deliver("2026-01-01.csv", HEADER, "A1,-9,3,,", "A1,-9,3,,", "A1,-9,3,,")
    mill.load()

    assert quarantined(mill) == [
        (1, 2, "low", "quantity"),
        (1, 3, "duplicate_line", None),
        (1, 4, "duplicate_line", None),
    ]


def test_a_warning_is_reported_and_nothing_else(mill: Mill, suite) -> None:
    suite(between("low", "quantity", severity="warning", min_value=0))
    mill.deliver("2026-01-01.csv", HEADER, "A1,-9,3,,", "A2,1,3,,")
    mill.deliver("2026-01-02.csv", HEADER, "A3,1,3,,")
    done = mill.load()

    assert (done.promoted_rows, done.quarantined_rows) == (3, 0)
    assert mill.rows(
        "select batch_id, severity, passed, failing_rows from audit.gate_results "
        "where rule = 'low' order by 1"
    ) == [(1, "warning", False, 1), (2, "warning", True, 0)]


def test_a_rule_about_batches_rejects_only_the_batch_that_breaks_it(mill: Mill, suite) -> None:
    suite(
        query("too_few", "select _batch_id from {batch} group by _batch_id having count(*) < 2"),
        between("low", "quantity", min_value=0),
    )
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,,", "A2,-1,3,,")
    mill.deliver("2026-01-02.csv", HEADER, "A3,-1,3,,")
    done = mill.load()

    assert (done.batches, done.rejected_batches) == (1, 1)
    assert (done.promoted_rows, done.quarantined_rows, done.rejected_rows) == (1, 1, 1)
    assert mill.rows(
        "select batch_id, line_number, rule, row_text::json ->> 'order_id' from quarantine.batches"
    ) == [(2, 2, "too_few", "A3")]
    assert mill.rows("select status, rejected_rows, message from audit.load_batches where batch_id = 2") == [
        ("rejected", 1, "rule too_few")
    ]
    assert quarantined(mill) == [(1, 3, "low", "quantity")]


def test_many_batches_are_judged_in_one_pass(mill: Mill, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    validate = Judge.validate
    monkeypatch.setattr(Judge, "validate", lambda self, suite: calls.append(suite) or validate(self, suite))
    for day in range(1, 29):
        mill.deliver(f"2026-02-{day:02}.csv", HEADER, f"A{day},1,3,,", f"B{day},,3,,")
    done = mill.load()

    assert (done.batches, done.promoted_rows, done.quarantined_rows) == (28, 28, 28)
    assert len(calls) == 1
    assert mill.value("select count(*) from audit.gate_results") == 28 * 5


def test_rules_may_ask_what_is_usual(mill: Mill, suite) -> None:
    suite(
        query(
            "volume",
            "select _batch_id from landing.mill__lines__batches where received_rows > 2 * usual_rows",
        )
    )
    mill.deliver("2026-01-01.csv", HEADER, *(f"A{number},1,3,," for number in range(9)))
    for day in range(2, 6):
        mill.deliver(f"2026-01-0{day}.csv", HEADER, f"B{day},1,3,,")
        assert mill.load().rejected_batches == 0  # after a first load no day is unusually small, or large
    mill.deliver("2026-01-06.csv", HEADER, *(f"C{number},1,3,," for number in range(3)))

    assert mill.load().rejected_rows == 3


def test_a_query_may_join_and_have_braces_and_percent_signs(mill: Mill, suite) -> None:
    suite(
        query(
            "other_day",
            "select line._batch_id, line._line_number from {batch} as line "
            "join landing.mill__lines__batches as delivery using (_batch_id) "
            "where line.sold_at::date <> delivery.delivered_on and line.order_id not like 'X%' "
            "and line.order_id !~ '^Y{{3}}'",
        )
    )
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,2026-01-02,", "X1,1,3,2026-01-02,", "YYY,1,3,2026-01-02,")
    mill.load()

    assert quarantined(mill) == [(1, 2, "other_day", None)]


NEGATIVE = "select _batch_id, _line_number from {batch} where quantity < 0"


@pytest.mark.parametrize(
    "text",
    [
        NEGATIVE,
        "SELECT _batch_id,_line_number\n FROM {batch}\n WHERE quantity < 0 -- given back\n;",
        f"{NEGATIVE} and sold_at::text like '2026%:00:%' or quantity = -1",
        f"{NEGATIVE} order by _line_number limit 5",
        f"{NEGATIVE} and quantity < -5 union {NEGATIVE}",
        f"{NEGATIVE} and quantity = (select min(quantity) from landing.mill__lines__typed)",
    ],
)
def test_a_query_about_rows_finds_them_however_it_is_written(mill: Mill, suite, text: str) -> None:
    suite(query("negative", text))
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,2026-01-01,", "A2,-1,3,2026-01-01,", "A3,,3,2026-01-01,")
    mill.load()

    assert (1, 3, "negative", None) in quarantined(mill)
    assert mill.value("select count(*) from quarantine.rows where rule = 'negative'") == 1


def test_rules_about_rows_are_asked_in_one_statement(mill: Mill, suite, monkeypatch) -> None:
    from great_expectations.execution_engine import SqlAlchemyExecutionEngine as Engine

    limits = range(1, 8)
    suite(*(query(f"below_{limit}", NEGATIVE.replace("0", f"-{limit}")) for limit in limits))
    said = []
    execute = Engine.execute_query
    monkeypatch.setattr(
        Engine, "execute_query", lambda self, text: said.append(str(text)) or execute(self, text)
    )
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,2026-01-01,", "A2,-3,3,2026-01-01,")
    mill.load()

    asking = [text for text in said if "quantity < -" in text]
    assert len(asking) == 1
    assert all(f"quantity < -{limit}" in asking[0] for limit in limits)
    assert mill.rows("select rule, passed from audit.gate_results where rule like 'below%' order by 1") == [
        (f"below_{limit}", limit >= 3) for limit in limits
    ]


def test_an_error_is_told_of_the_rule_that_makes_it(mill: Mill, suite) -> None:
    suite(query("sound", NEGATIVE), query("odd", NEGATIVE.replace("quantity", "1 / (quantity - quantity)")))
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,2026-01-01,")
    mill.land()

    with pytest.raises(EvergreenError, match=r"rule odd cannot be evaluated: .*division by zero"):
        mill.gate()


def test_a_suite_may_soften_what_the_definition_says(mill: Mill, suite) -> None:
    suite(between("duplicate_line", "_occurrence", severity="warning", max_value=1))
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,,", "A1,1,3,,")
    done = mill.load()

    assert (done.promoted_rows, done.unchanged_rows, done.quarantined_rows) == (1, 1, 0)


@pytest.mark.parametrize(
    ("expectation", "message"),
    [
        (query("odd", "select nothing from {batch}"), "rule odd cannot be evaluated"),
        (query("odd", "select 1 as one from {batch}"), "must select _batch_id"),
        (between("odd", "no_such_column", min_value=0), "rule odd cannot be evaluated"),
        (
            {
                "type": "expect_column_mean_to_be_between",
                "kwargs": {"column": "quantity", "max_value": 0},
                "meta": {"rule": "odd"},
            },
            "does not say for which rows",
        ),
        (
            between("odd", "quantity", row_condition="price > 0", condition_parser="great_expectations"),
            "row_condition",
        ),
        ({"type": "expect_column_values_to_be_null", "kwargs": {"column": "price"}}, "has no name"),
        ({"type": "expect_miracles", "kwargs": {}, "meta": {"rule": "odd"}}, "refuses it"),
    ],
)  # fmt: skip
def test_a_wrong_suite_changes_nothing_and_says_which_rule(mill: Mill, suite, expectation, message) -> None:
    path = suite(expectation)
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,,")
    mill.land()

    with pytest.raises(EvergreenError, match=message) as raised:
        mill.gate()

    assert str(path) in str(raised.value)
    assert mill.rows("select status from audit.load_batches") == [("landed",)]
    assert mill.promote().batches == 0
    suite()
    mill.gate()
    assert mill.promote().promoted_rows == 1


def test_an_aggregate_that_warns_is_reported_for_every_batch(mill: Mill, suite) -> None:
    suite(
        {
            "type": "expect_column_mean_to_be_between",
            "kwargs": {"column": "quantity", "max_value": 0},
            "meta": {"rule": "mean"},
            "severity": "warning",
        }
    )
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,,")
    mill.load()
    assert mill.rows("select passed, failing_rows from audit.gate_results where rule = 'mean'") == [
        (False, 0)
    ]


def test_several_tables_share_one_judge(mill: Mill) -> None:
    mill.define(KEYED)
    mill.deliver("customers-2026-01-01.csv", "customer_id,full_name,region", "C1,Ada,north", ",Bob,south")
    mill.deliver("orders-2026-01-01.csv", "order_id,customer_id,amount,changed_at", "O1,C1,5,2026-01-01")
    mill.land()
    gated = mill.gate()

    assert (gated.batches, gated.rows, gated.failing_rows) == (2, 3, 1)
    done = mill.promote()
    assert (done.promoted_rows, done.quarantined_rows) == (2, 1)


@pytest.mark.parametrize(
    "text",
    [
        "select * from {batch} where quantity < 0  -- returns",
        "select _batch_id, _line_number from {batch} group by 1, 2 having min(quantity) < 0 -- returns",
    ],
)
def test_a_query_may_end_in_a_comment(mill: Mill, suite, text: str) -> None:
    suite(query("negative", text))
    mill.deliver("2026-01-01.csv", HEADER, "A1,-1,3,2026-01-01 10:00,C", "A2,1,3,2026-01-01 10:00,C")
    mill.land()
    assert mill.gate().failing_rows == 1

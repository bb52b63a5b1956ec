"""The real data sets, whole: the counts that their README states come out."""

from pathlib import Path

import pytest

from evergreen.loading import gate, landing, promotion
from evergreen.loading.promotion import Promoted
from evergreen.sources import registry
from evergreen.warehouse.connections import Warehouse


def load(warehouse: Warehouse, name: str, location: Path) -> Promoted:
    source = registry.load(name)
    landing.land(warehouse, source, str(location))
    gate.gate(warehouse, source)
    return promotion.promote(warehouse, source)


@pytest.fixture
def days(online_retail_days: list[Path]) -> Path:
    """The folder of the 305 daily files."""
    return online_retail_days[0].parent


def quarantined(warehouse: Warehouse) -> dict[str, int]:
    with warehouse.connect("admin") as connection:
        return dict(connection.execute("select rule, count(*) from quarantine.rows group by 1").fetchall())


def one(warehouse: Warehouse, query: str) -> tuple[int, ...]:
    with warehouse.connect("admin") as connection:
        row = connection.execute(query).fetchone()  # type: ignore[arg-type]
    assert row
    return tuple(row)


def test_online_retail_is_accounted_for_line_by_line(warehouse: Warehouse, days: Path) -> None:
    done = load(warehouse, "online_retail", days)

    assert (done.batches, done.received_rows, done.rejected_rows, done.unchanged_rows) == (305, 541_909, 0, 0)
    assert quarantined(warehouse) == {
        "duplicate_line": 5_268,
        "negative_quantity": 1_336,
        "negative_price": 2,
    }
    assert done.promoted_rows == 541_909 - 5_268 - 1_336 - 2
    assert one(
        warehouse,
        "select count(distinct customer_id), count(*) filter (where unit_price = 0) "
        "from raw.online_retail__lines",
    ) == (4_372, 2_515 - _free_failures(warehouse))
    assert one(
        warehouse,
        "select count(*) filter (where received_rows <> promoted_rows + quarantined_rows), count(*), "
        "min(delivered_on) = '2010-12-01', max(delivered_on) = '2011-12-09' from audit.load_batches",
    ) == (0, 305, True, True)


def _free_failures(warehouse: Warehouse) -> int:
    """Lines at price 0 among those that went to quarantine."""
    [count] = one(
        warehouse,
        "select count(*) from quarantine.rows where (row_text::json ->> 'unit_price')::numeric = 0",
    )
    return count


def test_a_few_days_delivered_again_change_nothing(warehouse: Warehouse, days: Path, tmp_path: Path) -> None:
    for day in sorted(days.iterdir())[:3]:
        (tmp_path / day.name).write_bytes(day.read_bytes())
    first = load(warehouse, "online_retail", tmp_path)
    assert load(warehouse, "online_retail", tmp_path).batches == 0
    for path in tmp_path.iterdir():
        path.touch()
    again = load(warehouse, "online_retail", tmp_path)

    assert again.received_rows == first.received_rows
    assert (again.promoted_rows, again.unchanged_rows) == (0, first.promoted_rows)
    assert again.quarantined_rows == first.quarantined_rows
    assert one(warehouse, "select count(*) from audit.promotions") == (1,)


def test_cdnow_is_complete(warehouse: Warehouse, data: Path) -> None:
    done = load(warehouse, "cdnow", data / "cdnow" / "CDNOW_master.txt.gz")

    assert (done.promoted_rows, done.quarantined_rows, done.unchanged_rows) == (69_659, 0, 0)
    assert one(
        warehouse,
        "select count(*), count(distinct customer_id), count(distinct _key) from raw.cdnow__purchases",
    ) == (69_659, 23_570, 69_659)


def test_the_sample_of_cdnow_says_what_the_whole_says(warehouse: Warehouse, data: Path) -> None:
    """The sample is a tenth of the customers of the whole, in another format: no purchase counts twice."""
    done = load(warehouse, "cdnow", data / "cdnow")

    assert (done.batches, done.received_rows) == (2, 69_659 + 6_919)
    assert one(
        warehouse,
        "select count(*), count(distinct customer_id) from raw.cdnow__purchases where _superseded_in is null",
    ) == (69_659, 23_570)

import hashlib
from datetime import date
from pathlib import Path

import pytest

from evergreen.errors import EvergreenError
from evergreen.simulator.shop import simulate_to_folder
from simulator.simulated_shop import survey_rows


def _prints(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_request_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        simulate_to_folder(tmp_path / name, customers=150, years=0.5, seed=9)
    assert _prints(tmp_path / "one") == _prints(tmp_path / "two")


def test_another_seed_other_files(tmp_path: Path) -> None:
    for seed in (1, 2):
        simulate_to_folder(tmp_path / str(seed), customers=150, years=0.5, seed=seed)
    one, two = _prints(tmp_path / "1"), _prints(tmp_path / "2")
    assert one.keys() == two.keys()
    assert one["shop/orders.csv"] != two["shop/orders.csv"]


def test_today_only_cuts(tmp_path: Path) -> None:
    """A later today adds to what was known and changes nothing of the truth."""
    simulate_to_folder(tmp_path / "now", customers=150, years=0.5)
    simulate_to_folder(tmp_path / "later", customers=150, years=0.5, today=date(2026, 2, 10))
    now, later = _prints(tmp_path / "now"), _prints(tmp_path / "later")
    assert all(now[name] == later[name] for name in now if name.startswith("truth/"))
    early = survey_rows(tmp_path / "now" / "surveys", "answers")
    late = survey_rows(tmp_path / "later" / "surveys", "answers")
    assert len(late) > len(early)
    assert late[late["response_id"].isin(early["response_id"])].reset_index(drop=True).equals(early)


def test_as_many_customers_as_asked_for(tmp_path: Path) -> None:
    simulate_to_folder(tmp_path / "a", customers=137, years=0.5)
    assert len((tmp_path / "a/shop/customers.csv").read_text(encoding="utf-8").splitlines()) == 138


def test_an_older_shop_is_kept_or_replaced_as_told(tmp_path: Path) -> None:
    simulate_to_folder(tmp_path, customers=50, years=0.25)
    before = _prints(tmp_path)
    with pytest.raises(EvergreenError, match="is there already"):
        simulate_to_folder(tmp_path, customers=60, years=0.25)
    assert _prints(tmp_path) == before
    simulate_to_folder(tmp_path, customers=60, years=0.25, replace=True)
    simulate_to_folder(tmp_path, customers=50, years=0.25, replace=True)
    assert _prints(tmp_path) == before


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"customers": 5}, "at least 10"),
        ({"preset": "nonesuch"}, "choose one of reference, cdnow_like"),
        ({"years": 0}, "at least 0.25 years"),
    ],
)
def test_impossible_requests_leave_nothing(tmp_path: Path, wrong: dict[str, object], message: str) -> None:
    with pytest.raises(EvergreenError, match=message):
        simulate_to_folder(tmp_path / "out", **wrong)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_survey_files_of_another_are_not_touched(tmp_path: Path) -> None:
    theirs = tmp_path / "surveys" / "responses" / "responses-2020-01-01.csv"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("response_id\n1\n")
    with pytest.raises(EvergreenError, match=r"survey files already, such as responses-2020-01-01\.csv"):
        simulate_to_folder(tmp_path, customers=50, years=0.25)
    assert theirs.read_text() == "response_id\n1\n"

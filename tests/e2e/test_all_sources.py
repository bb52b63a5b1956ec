"""All sources in one warehouse: the simulated shop with its surveys, CDNOW and Online Retail."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import psycopg
import pytest

from e2e.home import COMMAND, PSEUDONYM_KEY, Home

ROOT = Path(__file__).parents[2]
METRICFLOW = COMMAND.with_name("mf")


@pytest.fixture(scope="module")
def shop(new_home: Callable[[], Home]) -> Home:
    """`evergreen run` on a new home."""
    home = new_home()
    home.evergreen("run")
    return home


def test_the_second_run_loads_the_day_the_shop_lived_since(shop: Home) -> None:
    [first] = shop.rows(
        "select max(as_of_date) as day, max(batch_id) as batch from audit.releases, audit.load_batches"
    )
    said = shop.evergreen("run").stdout
    [second] = shop.rows(
        f"""
        select
            (select max(as_of_date) from audit.releases) as day,
            sum(promoted_rows)::int as promoted,
            (select count(*)::int from orders) as orders
        from audit.load_batches where batch_id > {first["batch"]}
        """
    )
    assert second["day"] > first["day"]
    assert 0 < second["promoted"] < second["orders"] / 10
    assert "The simulated shop lived one day more, 2026-01-01" in said


def test_what_customers_say_agrees_with_the_truth(shop: Home, tmp_path: Path) -> None:
    """The same shop, simulated again, tells what the answers can only show."""
    shop.evergreen("simulate", "--customers", "2000", "--years", "3", "--out", tmp_path / "shop")
    truth = pd.read_csv(tmp_path / "shop" / "truth" / "quarters.csv").set_index("quarter")
    index = pd.DataFrame(
        shop.rows(
            """
            select
                period::text, trap_case, is_trap,
                unweighted_score::float as score, value_weighted_score::float as by_value
            from satisfaction_index
            where instrument = 'all' and value_weighted_score is not null
            """
        )
    ).set_index("period")
    both = index.join(truth.drop(columns="trap_case"), how="inner")
    assert len(both) >= 10
    assert both["score"].corr(both["satisfaction"]) > 0.8
    assert both["by_value"].corr(both["value_weighted_satisfaction"]) > 0.6

    traps = truth.loc[truth["trap_case"].isin(["IV", "VI"]), "trap_case"]
    assert len(traps) == 2
    assert index.loc[traps.index, "trap_case"].tolist() == traps.tolist()
    assert index.loc[traps.index, "is_trap"].all()
    alarms = shop.rows("select distinct period::text from satisfaction_index where is_trap_significant")
    assert {row["period"] for row in alarms} <= set(traps.index), "a false alarm at 5 %"

    drivers = pd.read_csv(tmp_path / "shop" / "truth" / "drivers.csv").sort_values("weight", ascending=False)
    derived = shop.rows(
        """
        select attribute from importance_performance
        where period = '2025-10-01'
        order by derived_importance desc limit 3
        """
    )
    assert [row["attribute"] for row in derived] == drivers["attribute"].head(3).tolist()


def test_the_notebook_runs(shop: Home) -> None:
    """Cell by cell on these marts; the last one recomputes what the first ones show."""
    notebook = ROOT / "notebooks" / "customer_relationships.ipynb"
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("notebook.py"), notebook],
        env=shop.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Back in the first month" in done.stdout


@pytest.mark.skipif(not METRICFLOW.exists(), reason="MetricFlow is not installed: make metrics")
def test_metrics_are_what_the_marts_say(shop: Home, tmp_path: Path) -> None:
    answer = tmp_path / "answer.csv"

    def ask(metrics: str, by: str) -> pd.DataFrame:
        shop.evergreen("metrics", "query", "--metrics", metrics, "--group-by", by, "--csv", answer)
        return pd.read_csv(answer).set_index(by).sort_index()

    values = ask("historic_value,predicted_value_12m", "customer__value_tier")
    rows = shop.rows(
        """
        select
            value_tier as customer__value_tier, sum(historic_value)::float8 as historic_value,
            sum(predicted_value_12m)::float8 as predicted_value_12m
        from customer_lifetime_value
        group by value_tier
        """
    )
    pd.testing.assert_frame_equal(values, pd.DataFrame(rows).set_index("customer__value_tier").sort_index())

    curve = ask("retention_rate", "cohort__months_since_first")
    rows = shop.rows(
        """
        select
            months_since_first as cohort__months_since_first,
            (sum(active_customers)::numeric / sum(cohort_customers))::float8 as retention_rate
        from cohort_retention
        where is_complete
        group by months_since_first
        """
    )
    assert len(rows) > 12
    pd.testing.assert_frame_equal(
        curve, pd.DataFrame(rows).set_index("cohort__months_since_first").sort_index()
    )

    churn = ask("churn_rate", "movement__movement_month__month")
    rows = shop.rows(
        """
        select month::text as movement__movement_month__month, churn_rate::float8
        from customer_movements
        where is_complete and churn_rate is not null
        """
    )
    assert len(rows) > 12
    churn.index = churn.index.str[:10]
    pd.testing.assert_frame_equal(
        churn.dropna(), pd.DataFrame(rows).set_index("movement__movement_month__month").sort_index()
    )


def test_customers_of_different_sources_do_not_collide(shop: Home, data: Path) -> None:
    """Every source numbers its customers by itself; CDNOW has 4 and Online Retail 12346, the shop C…"""
    own = shop.value("select count(*) from customers")
    shop.evergreen(
        "run",
        *("--source", "shop=simulated", "--source", "survey=simulated"),
        *("--source", f"cdnow={data / 'cdnow' / 'CDNOW_master.txt.gz'}"),
    )
    [counted] = shop.rows(
        """
        select
            count(*) as customers,
            count(distinct customer_id) as keys,
            (select count(distinct customer_id) from orders where source = 'cdnow') as cdnow
        from customers
        """
    )
    assert counted["cdnow"] == 23_570
    assert counted["customers"] == counted["keys"] >= own + 23_570
    loaded = shop.value("select sum(promoted_rows)::int from audit.load_batches where source = 'cdnow'")
    assert loaded == 69_659 == shop.value("select count(*) from orders where source = 'cdnow'")


def test_no_personal_data_in_the_marts(shop: Home) -> None:
    everything = "\n".join(shop.marts().values())
    assert not re.search(r"[\w.]+@[\w.]+\.\w{2,}", everything)


def test_no_secret_and_nobody_in_anything_that_was_written_down(shop: Home) -> None:
    """Logs of runs, of Airflow, of dbt, of the server; compiled models; what is remembered between runs."""
    own = {"secrets.json", "logins.json"}
    secrets = json.loads((shop.path / "secrets.json").read_text("utf-8"))
    assert {"pseudonym_key", "erasure_key"} | {
        f"password_{role}" for role in ("admin", "loader", "transformer", "reader", "steward")
    } <= secrets.keys()
    logins = json.loads((shop.path / "airflow" / "logins.json").read_text("utf-8"))
    planted = [*secrets.values(), *logins.values(), PSEUDONYM_KEY, *_people(shop, secrets)]
    address = re.compile(rb"[\w.]+@example\.(?:com|org|net)")
    sources = {"survey", "postgres18", "postgres16"}
    written = [
        path
        for path in shop.path.rglob("*")
        if path.is_file() and path.name not in own and path.relative_to(shop.path).parts[0] not in sources
    ]
    assert {"logs", "dbt"} <= {path.relative_to(shop.path).parts[0] for path in written}
    needles = [text.encode() for text in planted]
    found = {
        str(path.relative_to(shop.path)): needle
        for path in written
        for text in [path.read_bytes()]
        for needle in [*(n for n in needles if n in text), *address.findall(text)[:1]]
    }
    assert not found
    # that this search finds what is there
    assert needles[0] in (shop.path / "secrets.json").read_bytes()
    assert any(b"load_shop" in path.read_bytes() for path in written)


def _people(shop: Home, secrets: dict[str, str], customers: int = 40) -> list[str]:
    """Return names, addresses, e-mails and phone numbers of some customers."""
    reader = urlsplit(shop.evergreen("url").stdout.strip())
    with psycopg.connect(
        host=reader.hostname,
        port=reader.port,
        dbname=reader.path.strip("/"),
        user=f"{reader.path.strip('/')}_steward",
        password=secrets["password_steward"],
    ) as steward:
        rows = steward.execute(
            """
            select personal from pii.customers
            where source = 'shop' and personal <> '{}' order by customer_id limit %s
            """,
            [customers],
        ).fetchall()
    said = [str(value) for (personal,) in rows for value in personal.values() if value]
    assert len(said) >= 3 * customers
    return said


def test_what_is_not_cdnow_is_refused_in_one_line(new_home: Callable[[], Home], tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.csv.gz"
    wrong.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    home = new_home()
    refused = home.evergreen("run", "--source", f"cdnow={wrong}", expect=1)
    last = refused.stderr.strip().splitlines()[-1]
    assert last.startswith("evergreen: ")

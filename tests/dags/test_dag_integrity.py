"""The DAGs as Airflow sees them: there, documented, bounded, cheap to parse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dags.conftest import PROJECT, Parse

SOURCES = sorted(path.stem for path in (PROJECT / "sources").glob("*.yml"))
HEAVY = {"great_expectations", "dbt", "pandas", "numpy", "scipy", "pyarrow", "duckdb"}
# The rooms whose work is done in tasks; parsing a DAG has no business there.
ROOMS_OF_TASKS = ("evergreen.loading", "evergreen.simulator", "evergreen.valuation", "evergreen.cli")


def test_every_file_can_be_imported(parsed: dict[str, Any]) -> None:
    assert not parsed["import_errors"]
    assert not parsed["plugin_errors"]


def test_there_is_a_load_for_each_source_a_build_and_the_upkeep(parsed: dict[str, Any]) -> None:
    assert SOURCES
    assert sorted(parsed["dags"]) == sorted(
        [*(f"load_{name}" for name in SOURCES), "build_marts", "maintain_warehouse"]
    )


def test_tasks_follow_each_other(parsed: dict[str, Any]) -> None:
    def stages(dag: str) -> list[set[str]]:
        tasks = parsed["dags"][dag]["tasks"]
        found: dict[int, set[str]] = {}
        for name in tasks:
            found.setdefault(len(_before(tasks, name)), set()).add(name)
        return [found[number] for number in sorted(found)]

    assert stages("load_cdnow") == [{"land"}, {"gate"}, {"promote"}]
    assert stages("build_marts") == [
        {"open_candidate"},
        {"build_facts"},
        {"predict", "estimate_drivers"},
        {"build_marts"},
        {"gate_candidate"},
        {"publish"},
    ]


def _before(tasks: dict[str, Any], name: str) -> set[str]:
    direct = set(tasks[name]["after"])
    return direct.union(*(_before(tasks, other) for other in direct))


def test_a_build_follows_any_load(parsed: dict[str, Any]) -> None:
    """Of several assets, one that is updated must do; waiting for all of them would wait forever."""
    build = parsed["dags"]["build_marts"]
    updated = {
        outlet
        for name in SOURCES
        for task in parsed["dags"][f"load_{name}"]["tasks"].values()
        for outlet in task["outlets"]
    }
    assert build["schedule"] == "AssetAny"
    assert set(build["triggers"]) == updated
    assert len(updated) == len(SOURCES)


def test_a_build_can_be_asked_for_a_day_and_for_everything(parsed: dict[str, Any]) -> None:
    assert parsed["dags"]["build_marts"]["params"] == ["full_refresh", "until"]


def test_every_dag_can_be_found_and_understood(parsed: dict[str, Any]) -> None:
    for dag_id, dag in parsed["dags"].items():
        assert dag["tags"], dag_id
        assert dag["description"], dag_id
        assert "### When it fails" in dag["doc"], dag_id
        for task_id in dag["tasks"]:
            assert f"`{task_id}`" in dag["doc"], f"{dag_id}: its documentation does not mention {task_id}"


def test_no_dag_runs_beside_itself_or_catches_up(parsed: dict[str, Any]) -> None:
    for dag_id, dag in parsed["dags"].items():
        assert dag["max_active_runs"] == 1, dag_id
        assert dag["catchup"] is False, dag_id


def test_every_task_has_an_owner_retries_and_an_end(parsed: dict[str, Any]) -> None:
    for dag_id, dag in parsed["dags"].items():
        for task_id, task in dag["tasks"].items():
            name = f"{dag_id}.{task_id}"
            assert task["owner"] not in ("", "airflow"), name
            assert task["retries"] >= 1, name
            assert 0 < task["timeout"] <= 4 * 3600, name


def test_parsing_is_cheap(parsed: dict[str, Any]) -> None:
    """The DAG processor parses the files every half minute."""
    loaded = parsed["modules"]
    assert not [name for name in loaded if name.split(".")[0] in HEAVY]
    assert not [name for name in loaded if name.startswith(ROOMS_OF_TASKS)]
    assert parsed["seconds"] < 10  # half a second on an idle machine


def test_a_broken_source_does_not_take_the_others_away(another_project: Path, parse: Parse) -> None:
    (another_project / "sources" / "broken.yml").write_text("source: broken\ntables: [\n", encoding="utf-8")
    found = parse(another_project)
    assert not found["import_errors"]
    assert {f"load_{name}" for name in [*SOURCES, "broken"]} < set(found["dags"])
    assert "broken.yml, line" in found["dags"]["load_broken"]["doc"]


def test_a_project_without_sources_still_parses(another_project: Path, parse: Parse) -> None:
    for path in (another_project / "sources").glob("*.yml"):
        path.unlink()
    found = parse(another_project)
    assert not found["import_errors"]
    assert sorted(found["dags"]) == ["build_marts", "maintain_warehouse"]


def test_what_cannot_be_imported_is_noticed(another_project: Path, parse: Parse) -> None:
    """That the tests above can fail."""
    mention = "# a DAG of airflow's: what does not say so is not parsed\n"
    (another_project / "dags" / "wrong.py").write_text(f"{mention}import no_such_module\n", encoding="utf-8")
    (another_project / "dags" / "heavy.py").write_text(f"{mention}import pandas\n", encoding="utf-8")
    found = parse(another_project)
    assert len(found["import_errors"]) == 1
    assert "pandas" in found["modules"]

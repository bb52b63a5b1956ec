"""Which files a source has, in which order, and which are new."""

from __future__ import annotations

import gzip
import io
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from evergreen import progress
from evergreen.errors import EvergreenError
from evergreen.settings import settings
from evergreen.sources import places, registry
from evergreen.sources.definition import Source
from evergreen.sources.discovery import check
from evergreen.sources.discovery import discover as discover_any
from evergreen.sources.files import discover, parents_first
from evergreen.sources.places import list_files, matches
from evergreen.sources.reading import UnreadableDelivery
from sources.making import define, never

TWO_TABLES = Source.model_validate(
    {
        "source": "src",
        "tables": {
            "lines": {
                "files": ["lines/*.csv"],
                "key": "all",
                "references": {"order_id": "orders.order_id"},
                "columns": {"order_id": {}},
            },
            "orders": {
                "files": ["orders/*.csv"],
                "key": ["order_id"],
                "delivered_on": {"pattern": r"\d{8}", "date_format": "%Y%m%d"},
                "columns": {"order_id": {}},
            },
        },
    }
)


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"order_id\n1\n")


def found(source: Source, location: object) -> list[tuple[str, str]]:
    return [(d.table, d.file_or_cursor) for d in discover(source, str(location), never)]


def test_parents_first_then_by_day_then_by_name(tmp_path: Path) -> None:
    put(tmp_path, "lines/a.csv", "orders/z-20200101.csv", "orders/a-20200102.csv", "orders/b-20200101.csv")
    assert found(TWO_TABLES, tmp_path) == [
        ("orders", "orders/b-20200101.csv"),
        ("orders", "orders/z-20200101.csv"),
        ("orders", "orders/a-20200102.csv"),
        ("lines", "lines/a.csv"),
    ]
    [first, *_] = discover(TWO_TABLES, str(tmp_path), never)
    assert first.delivered_on == date(2020, 1, 1)


def test_unfinished_and_hidden_files_are_left_alone(tmp_path: Path) -> None:
    put(
        tmp_path,
        "orders/a-20200101.csv",
        "orders/.b.csv",
        "orders/_c.csv",
        "orders/d.csv.part",
        ".x/orders/e.csv",
    )
    assert found(TWO_TABLES, tmp_path) == [("orders", "orders/a-20200101.csv")]


def test_a_single_file_is_a_source(tmp_path: Path) -> None:
    put(tmp_path, "orders/a-20200101.csv")
    assert found(TWO_TABLES, tmp_path / "orders/a-20200101.csv") == [("orders", "a-20200101.csv")]
    assert found(TWO_TABLES, f"file://{tmp_path}/orders/a-20200101.csv") == [("orders", "a-20200101.csv")]


def test_what_has_been_seen_is_skipped_until_it_changes(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", "b.csv")
    source = define("order_id")
    ledger = {(d.table, d.file_or_cursor, d.fingerprint) for d in discover(source, str(tmp_path), never)}

    def seen(*delivery: str) -> bool:
        return delivery in ledger

    assert list(discover(source, str(tmp_path), seen)) == []
    (tmp_path / "b.csv").write_bytes(b"order_id\n2\n3\n")
    assert [d.file_or_cursor for d in discover(source, str(tmp_path), seen)] == ["b.csv"]


@pytest.mark.parametrize(
    ("names", "location", "message"),
    [
        ([], "missing", "/missing: not found: give a folder or a file that exists"),
        ([], "", ": no file there fits source src: expected lines/*.csv, orders/*.csv"),
        (["orders/x.txt"], "", ": no file there fits source src: expected lines/*.csv, orders/*.csv"),
    ],
)
def test_locations_that_do_not_fit(tmp_path: Path, names: list[str], location: str, message: str) -> None:
    put(tmp_path, *names)
    with pytest.raises(EvergreenError) as caught:
        found(TWO_TABLES, str(tmp_path / location) if location else tmp_path)
    assert str(caught.value) == f"{tmp_path}{message}"
    with pytest.raises(EvergreenError):
        check(TWO_TABLES, str(tmp_path / location) if location else str(tmp_path))


def test_a_file_whose_name_has_no_day_is_refused_and_no_other(tmp_path: Path) -> None:
    put(tmp_path, "orders/20201301.csv", "orders/20201201.csv")
    bad, good = discover(TWO_TABLES, str(tmp_path), lambda *_: False)
    assert (bad.delivered_on, good.delivered_on) == (None, date(2020, 12, 1))
    with pytest.raises(UnreadableDelivery, match=r"'20201301' in its name is no day \(%Y%m%d\): rename"):
        bad.open()


def test_a_file_of_two_tables_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "a.csv")
    table = {"files": ["*.csv"], "key": "all", "columns": {"order_id": {}}}
    source = Source.model_validate({"source": "src", "tables": {"t": table, "u": table}})
    with pytest.raises(
        EvergreenError, match=r"a\.csv: fits t and u of source src: make `files:` in .* apart$"
    ):
        found(source, tmp_path)


def test_files_of_no_table_are_mentioned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a.csv", "README.md")
    said: list[str] = []
    monkeypatch.setattr(progress, "note", said.append)
    assert found(define("order_id"), tmp_path) == [("t", "a.csv")]
    where = "to `files` in sources/src.yml"
    put(tmp_path, "april.tsv")
    assert found(define("order_id"), tmp_path) == [("t", "a.csv")]
    assert said == [
        f"{tmp_path}: README.md fits no table of src: if it is wanted, rename it, or add its pattern {where}",
        f"{tmp_path}: 2 files fit no table of src, such as README.md: if they are wanted, rename them, "
        f"or add their patterns {where}",
    ]


def test_a_link_to_nothing_is_named(tmp_path: Path) -> None:
    put(tmp_path, "a.csv")
    (tmp_path / "b.csv").symlink_to("taken-away.csv")
    with pytest.raises(EvergreenError, match=r"/b\.csv: is a link to taken-away\.csv, which is not there"):
        list_files(str(tmp_path))


def test_a_link_to_itself_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to("a.csv")
    with pytest.raises(EvergreenError, match=r"/a\.csv: cannot be read \(Too many levels of symbolic link"):
        list_files(str(tmp_path))


def test_a_file_under_two_names_is_listed_once_under_its_own(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere", "b.csv")
    root = tmp_path / "root"
    put(root / "days" / "2026-04-02", "a.csv")
    (root / "circle").symlink_to(root)
    (root / "a.csv").symlink_to("days/2026-04-02/a.csv")
    (root / "days" / "1-latest").symlink_to("2026-04-02")
    (root / "outside").symlink_to(tmp_path / "elsewhere")
    (root / "outside again").symlink_to(tmp_path / "elsewhere")
    assert [file.name for file in list_files(str(root))] == ["days/2026-04-02/a.csv", "outside/b.csv"]


def test_a_link_to_what_is_hidden_is_a_file(tmp_path: Path) -> None:
    """As containers are given files that are exchanged all at once."""
    put(tmp_path / ".2026", "a.csv")
    (tmp_path / ".data").symlink_to(".2026")
    (tmp_path / "a.csv").symlink_to(".data/a.csv")
    assert [file.name for file in list_files(str(tmp_path))] == ["a.csv"]


def test_a_file_taken_away_while_the_folder_is_listed_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a.csv", "b.csv")
    monkeypatch.setattr("os.walk", lambda *_, **__: [(str(tmp_path), [], ["a.csv", "b.csv", "c.csv"])])
    assert [file.name for file in list_files(str(tmp_path))] == ["a.csv", "b.csv"]


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    put(tmp_path, "a.csv")
    os.mkfifo(tmp_path / "b.csv")
    assert [file.name for file in list_files(str(tmp_path))] == ["a.csv"]


def test_a_file_that_vanishes_is_named(tmp_path: Path) -> None:
    put(tmp_path, "a.csv")
    [delivery] = discover(define("order_id"), str(tmp_path), never)
    (tmp_path / "a.csv").unlink()
    with pytest.raises(EvergreenError, match=r"a\.csv: cannot be opened \(No such file or directory\)$"):
        delivery.open().__enter__()


def test_a_location_is_needed() -> None:
    with pytest.raises(
        EvergreenError, match=r"^source src: no location: say where it is with --source src=PATH"
    ):
        discover_any(define("a"), None, never, {})


def test_the_location_decides_the_reader() -> None:
    with pytest.raises(
        EvergreenError,
        match=r"^source src: cannot be read from https://host/x: add `http:` to tables.t in sources/src.yml$",
    ):
        discover_any(
            define("a"), "https://user:secret@host/x?token=secret".replace("user:secret@", ""), never, {}
        )
    with pytest.raises(EvergreenError, match=r"from postgresql://user@host/db: add `from:`"):
        discover_any(define("a"), "postgresql://user:secret@host/db", never, {})


def test_circular_references_have_an_order_too() -> None:
    tables = {
        name: {
            "files": [f"{name}.csv"],
            "key": "all",
            "references": {"id": f"{other}.id"},
            "columns": {"id": {}},
        }
        for name, other in (("a", "b"), ("b", "c"), ("c", "a"), ("d", "d"))
    }
    source = Source.model_validate({"source": "src", "tables": tables})
    assert sorted(t.name for t in parents_first(source)) == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("name", "pattern", "fits"),
    [
        ("a.csv", "*.csv", True),
        ("a.csv.gz", "*.csv", True),
        ("deep/er/a.csv", "*.csv", True),
        ("a.csv.bak", "*.csv", False),
        ("in/responses/a.csv", "responses/*.csv", True),
        ("responses.csv", "responses/*.csv", False),
        ("responses/x/a.csv", "responses/*.csv", False),
        ("a.CSV", "*.csv", False),
    ],
)
def test_patterns(name: str, pattern: str, fits: bool) -> None:
    assert matches(name, pattern) is fits


class Shelf:
    """An object store with its own tags, as Airflow hands one out."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def invalidate_cache(self) -> None: ...

    def find(self, path: str, detail: bool) -> dict[str, dict[str, Any]]:
        assert detail
        return {
            name: {"size": len(content), "ETag": f"tag-{len(content)}"}
            for name, content in self.files.items()
            if name == path or name.startswith(path.rstrip("/") + "/")
        }

    def open(self, path: str, mode: str) -> Any:
        assert mode == "rb"
        return io.BytesIO(self.files[path])


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    store = Shelf(
        {"bucket/in/a.csv.gz": gzip.compress(b"order_id\n1\n"), "bucket/in/b/c.csv": b"order_id\n2\n"}
    )
    monkeypatch.setattr(places, "_store", lambda location: (store, location.removeprefix("shelf://")))
    return store


def test_object_stores(shelf: Shelf) -> None:
    source = define("order_id")
    deliveries = list(discover(source, "shelf://bucket/in", never))
    assert [d.file_or_cursor for d in deliveries] == ["a.csv.gz", "b/c.csv"]
    assert deliveries[1].fingerprint == "11:tag-11"
    bodies = []
    for delivery in deliveries:
        with delivery.open() as stream:
            bodies.append(b"".join(stream.blocks))
    assert bodies == [b"1\n", b"2\n"]
    assert found(source, "shelf://bucket/in/b/c.csv") == [("t", "c.csv")]
    with pytest.raises(
        EvergreenError, match=r"^shelf://bucket/out: not found: give a folder or a file that exists$"
    ):
        found(source, "shelf://bucket/out")


def test_airflow_finds_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through Airflow's own path, with the one kind of store that needs no provider."""
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "airflow"))
    put(tmp_path, "in/a.csv", "in/b/c.csv")
    assert [f.name for f in places._remote(f"local://{tmp_path}/in")] == ["a.csv", "b/c.csv"]
    with pytest.raises(
        EvergreenError, match=r"^s3://bucket/in: cannot be reached \(no Airflow provider for this"
    ):
        list_files("s3://bucket/in")


def test_real_files(data: Path) -> None:
    source = registry.load("cdnow", settings().project)
    [full] = discover(source, str(data / "cdnow" / "CDNOW_master.txt.gz"), never)
    with full.open() as stream:
        assert source.tables["purchases"].match(stream.columns).fits
        text = b"".join(stream.blocks)
    lines = text.decode().splitlines()
    assert len(lines) == 69_659 and {line.count(" ") for line in lines} == {3}
    assert len({line.split()[0] for line in lines}) == 23_570
    [sample] = discover(source, str(data / "cdnow" / "cdnow_sample.csv.gz"), never)
    with sample.open() as stream:
        assert source.tables["purchases"].match(stream.columns).fits
        assert b"".join(stream.blocks).count(b"\n") == 6_919

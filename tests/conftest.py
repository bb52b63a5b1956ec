"""What every test may ask for: a server, a migrated warehouse, a fresh database."""

from __future__ import annotations

import os
import shutil
import signal
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, settings
from psycopg import sql

from evergreen import progress
from evergreen import settings as settings_module
from evergreen.warehouse import binaries, cluster, migrate, postmaster, server
from evergreen.warehouse.connections import Warehouse
from servers import server_version

ROOT = Path(__file__).parents[1]
_numbers = count(1)

# As in the tasks (orchestration/environment.py), and before numpy is loaded: threads of the algebra library
# take turns with ours, and with those of the other test process, waiting at full speed.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# No stop-watch in a property: on a machine with more to do an example takes longer, and is no less true.
settings.register_profile("evergreen", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("evergreen")


@pytest.fixture(autouse=True)
def plain_progress() -> Iterator[None]:
    """Show progress as a log does: a command tested in this process leaves a sink behind that is closed."""
    progress.use(progress.LogSink())
    yield
    progress.use(progress.LogSink())


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data sets; the test is skipped where it is not at hand."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("EVERGREEN_TEST_DATA") or beside)
    if not (folder / "README.md").is_file():
        pytest.skip(f"real data is not at {folder}: set EVERGREEN_TEST_DATA")
    return folder


@pytest.fixture(scope="session")
def online_retail_days(data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One CSV file per trading day of Online Retail, oldest first."""
    folder = tmp_path_factory.mktemp("online retail")
    with tarfile.open(data / "online_retail" / "by-day.tar.xz") as archive:
        # the first releases of 3.11 know no filters
        archive.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    return sorted(folder.rglob("*.csv"))


@pytest.fixture(scope="session")
def session_home() -> Iterator[Path]:
    """A home for the whole test run; EVERGREEN_HOME points to it, its server is stopped at the end.

    It lies directly below the temporary folder: pytest's own is closed to root's ordinary user.
    """
    base = Path(tempfile.mkdtemp(prefix="evergreen-tests-"))
    base.chmod(0o711)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DATABASE_URL", "POSTGRES_VERSION", "PSEUDONYM_KEY"):
            patch.delenv(f"EVERGREEN_{name}", raising=False)
        patch.setenv("EVERGREEN_HOME", str(base / "home"))
        for name, value in server_version().items():
            patch.setenv(name, value)
        settings_module.reset()
        try:
            make_hasty_server()
            yield base / "home"
        finally:
            patch.setenv("EVERGREEN_HOME", str(base / "home"))
            settings_module.reset()
            discard_home()
            shutil.rmtree(base, ignore_errors=True)
    settings_module.reset()


def make_hasty_server() -> None:
    """Make the present home's server, not to wait for the disk: test data need not outlive the machine."""
    settings_module.make_home()
    with (cluster.create().data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("fsync = off\n")


def discard_home() -> None:
    """Stop the server of the present home and remove all of its files, wherever they lie."""
    if running := server.info():  # at once: nobody needs what it has not written yet
        postmaster.end(running.pid, how=signal.SIGQUIT)
    server.stop()
    base = cluster.outside_place().base
    assert base.parent == binaries.SHARED
    shutil.rmtree(base, ignore_errors=True)
    shutil.rmtree(settings_module.settings().home, ignore_errors=True)


@pytest.fixture(scope="session")
def session_warehouse(session_home: Path) -> Warehouse:
    """The migrated warehouse of the test run, shared by all: for tests that only read, or clean up."""
    warehouse = Warehouse.open()
    migrate.apply(warehouse)
    return warehouse


@contextmanager
def fresh_warehouse(session_warehouse: Warehouse) -> Iterator[Warehouse]:
    """Make a fresh, migrated database (about 0.2 s), dropped afterwards.

    `Warehouse.open()`, in this process and in those it starts, leads to the same database: it is reached
    through EVERGREEN_DATABASE_URL. Roles are `<database>_loader` and so on, so tests do not meet.
    """
    name = f"test_{next(_numbers)}"
    with session_warehouse.connect("admin", autocommit=True) as admin:
        admin.execute(f"create database {name} template template0")
    url = session_warehouse.url("admin").rpartition("/")[0] + f"/{name}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVERGREEN_DATABASE_URL", url)
        settings_module.reset()
        try:
            fresh = Warehouse.open()
            migrate.apply(fresh)
            yield fresh
        finally:
            patch.undo()
            settings_module.reset()
            with session_warehouse.connect("admin", autocommit=True) as admin:
                admin.execute(f"drop database {name} with (force)")
                for role in ("loader", "transformer", "reader", "steward"):
                    admin.execute(f"drop role if exists {name}_{role}")


@pytest.fixture
def warehouse(session_warehouse: Warehouse) -> Iterator[Warehouse]:
    """A fresh, migrated database of the test's own."""
    with fresh_warehouse(session_warehouse) as fresh:
        yield fresh


@pytest.fixture
def empty_marts(warehouse: Warehouse) -> Warehouse:
    """A warehouse whose marts are there, typed, and without rows."""
    with warehouse.connect("transformer") as connection:
        for path in (ROOT / "dbt_project" / "models" / "marts").rglob("*.yml"):
            model = yaml.safe_load(path.read_text())["models"][0]
            columns = [
                sql.SQL("{} {}").format(sql.Identifier(column["name"]), sql.SQL(column["data_type"]))
                for column in model["columns"]
                if not column["name"].startswith("_")
            ]
            name = sql.Identifier("marts", model["name"])
            connection.execute(sql.SQL("create table {} ({})").format(name, sql.SQL(", ").join(columns)))
    return warehouse

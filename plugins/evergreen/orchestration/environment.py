"""Airflow as part of this home: its settings, its metadata database, made ready when needed.

Airflow reads its configuration while it is imported, so `prepare()` comes before the first import of it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from evergreen import progress
from evergreen.errors import EvergreenError
from evergreen.settings import password, settings
from evergreen.warehouse.connections import Warehouse

# Who logs into Airflow's web pages.
LOGIN = "admin"


def airflow_environment(metadata_url: str, port: int = 8080) -> dict[str, str]:
    """Return the environment of every Airflow process of this home.

    Args:
        metadata_url: `postgresql://…` URL of Airflow's own database.
        port: where the API server listens; tasks under the scheduler report to it.
    """
    home, project = settings().airflow_home, settings().project
    address = f"http://127.0.0.1:{port}"
    return {
        "AIRFLOW_HOME": str(home),
        "EVERGREEN_HOME": str(settings().home),
        "EVERGREEN_PROJECT": str(project),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": urlunsplit(
            urlsplit(metadata_url)._replace(scheme="postgresql+psycopg2")
        ),
        "AIRFLOW__CORE__DAGS_FOLDER": str(project / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(project / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        # a load and a build side by side, or two tasks of a build; what is heavy happens in Postgres
        "AIRFLOW__CORE__PARALLELISM": "2",
        # what a killed scheduler left is taken up at once, not after five minutes
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
        "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(_secret("airflow_fernet")).decode(),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__CORE__AUTH_MANAGER": (
            "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
        ),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{LOGIN}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "logins.json"),
        "AIRFLOW__API_AUTH__JWT_SECRET": _secret("airflow_tokens").hex(),
        "AIRFLOW__API__SECRET_KEY": _secret("airflow_sessions").hex(),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        # warnings of other people's libraries are not for the readers of our logs
        "PYTHONWARNINGS": "ignore",
        # the value models spread their rows over threads of their own: a second pool below them, waiting at
        # full speed, doubles the processor time
        "OPENBLAS_NUM_THREADS": "1",
    }


def prepare(warehouse: Warehouse, port: int = 8080, *, given_wins: bool = False) -> str:
    """Make Airflow usable from this process: environment, folders, login, metadata tables.

    Args:
        warehouse: on whose server Airflow's own database is.
        port: where the API server listens.
        given_wins: whether `AIRFLOW__…` variables that are set already stay as they are: in a deployment
            host names and the executor are for its files to say.

    Returns:
        The URL of the metadata database. The environment is this process' own from now on.
    """
    home = settings().airflow_home
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / "logs").mkdir(mode=0o700, exist_ok=True)
    url = warehouse.database("airflow")
    given = {name: value for name, value in os.environ.items() if given_wins and name.startswith("AIRFLOW__")}
    os.environ.update(airflow_environment(url, port) | given)
    _write_login(home / "logins.json")
    migrate(url)
    return url


def migrate(url: str) -> None:
    """Bring Airflow's metadata tables to the installed version, unless they are there already.

    Asking Airflow itself costs an import of several seconds, so a migrated database says so in a comment.
    """
    wanted = f"Evergreen: migrated by Airflow {version('apache-airflow')}"
    with psycopg.connect(url, autocommit=True) as connection:
        table = "to_regclass('alembic_version')"
        stamped = connection.execute(f"select obj_description({table}, 'pg_class')").fetchone()
        if stamped and stamped[0] == wanted:
            return
        with progress.step("Preparing Airflow's metadata tables"):
            _migrate_now()
        connection.execute(psycopg.sql.SQL("comment on table alembic_version is {}").format(wanted))


def _migrate_now() -> None:
    from airflow.utils import db

    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        db.initdb()  # makes the tables, or upgrades those that are there
    except SystemExit:  # it logs the reason and exits
        raise EvergreenError(
            "Airflow's metadata tables cannot be upgraded: see `airflow db migrate`, or drop its database"
        ) from None


def login() -> tuple[str, str]:
    """Return user and password for Airflow's web pages."""
    return LOGIN, password("airflow_login")


def _write_login(path: Path) -> None:
    content = json.dumps({LOGIN: password("airflow_login")})
    if path.exists() and path.read_text(encoding="utf-8") == content:
        return
    path.touch(mode=0o600)
    path.write_text(content, encoding="utf-8")


def _secret(name: str) -> bytes:
    """Return 32 bytes from the generated password called `name`."""
    return hashlib.sha256(password(name).encode()).digest()

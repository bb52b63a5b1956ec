"""What runs leave behind, and when it goes: log files, Airflow's tables, quarantine that is settled."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from evergreen.errors import EvergreenError
from evergreen.publishing.releases import kept_releases
from evergreen.warehouse.connections import Warehouse

LONGEST_LOG = 20_000_000
"""Bytes that a log of a running service may have; then it begins anew, and the one before is kept."""

UPKEEP_EVERY = 7
"""After so many releases `evergreen run` does the upkeep that a scheduler does every day."""


def clean_logs(home: Path, days: int) -> int:
    """Delete log files below `home` that nobody wrote to for `days`; return how many."""
    limit = time.time() - days * 86_400
    deleted = 0
    for folder in (home / "logs", home / "airflow" / "logs"):
        for path in sorted(folder.rglob("*"), reverse=True):  # what a folder holds comes before the folder
            if path.is_dir():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.stat().st_mtime < limit:
                path.unlink()
                deleted += 1
        for path in folder.glob("*.log"):
            if path.stat().st_size > LONGEST_LOG:
                shutil.copy2(path, path.with_suffix(".log.1"))
                os.truncate(path, 0)  # whoever appends to it goes on at its beginning
    return deleted


def blank_settled_quarantine(warehouse: Warehouse, days: int) -> int:
    """Blank rows in quarantine about which somebody decided more than `days` ago; return how many.

    They stay counted. Rows that still wait are never touched: nothing is lost by waiting.
    """
    blanked = 0
    with warehouse.connect("loader") as connection:
        for name in ("rows", "batches"):
            blanked += connection.execute(
                psycopg.sql.SQL(
                    """
                    update quarantine.{} set row_text = null
                    where state in ('readmitted', 'discarded') and row_text is not null
                        and state_changed_at < now() - %s
                    """
                ).format(psycopg.sql.Identifier(name)),
                [timedelta(days=days)],
            ).rowcount
    return blanked


def forget_changes(warehouse: Warehouse) -> int:
    """Delete the lists of what promotions touched that every kept release contains; return how many rows."""
    with warehouse.connect("transformer") as connection:
        kept = kept_releases(connection)
    if not kept:
        return 0
    with warehouse.connect("loader") as connection:
        return connection.execute(
            "delete from raw.changes where promotion_id <= %s",
            [min(release.through_promotion for release in kept)],
        ).rowcount


def clean_airflow(metadata_url: str, days: int) -> None:
    """Let Airflow delete its own history of more than `days` ago, by its own command.

    Raises:
        EvergreenError: it could not; the message is the last line it said.
    """
    before = datetime.now(UTC) - timedelta(days=days)
    command = [sys.executable, "-m", "airflow", "db", "clean", "--skip-archive", "--yes"]
    url = metadata_url.replace("postgresql://", "postgresql+psycopg2://", 1)
    done = subprocess.run(
        [*command, "--clean-before-timestamp", before.isoformat()],
        # tasks are given no access to Airflow's tables, this one is about them
        env=os.environ | {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise EvergreenError(f"airflow db clean: {lines[-1] if lines else 'ended without a word'}")


def upkeep_is_due(warehouse: Warehouse, metadata_url: str) -> bool:
    """Tell whether `UPKEEP_EVERY` releases were published since `maintain_warehouse` last succeeded."""
    with psycopg.connect(metadata_url) as connection:
        found = connection.execute(
            "select max(end_date) from dag_run where dag_id = 'maintain_warehouse' and state = 'success'"
        ).fetchone()
    with warehouse.connect("reader") as reader:
        row = reader.execute(
            "select count(*) from audit.releases where published_at > coalesce(%s, '-infinity'::timestamptz)",
            [found[0] if found else None],
        ).fetchone()
    return bool(row and row[0] >= UPKEEP_EVERY)

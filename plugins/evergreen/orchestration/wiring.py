"""What the DAG files have in common. Imported at every parse: nothing heavy here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from evergreen.errors import EvergreenError
from evergreen.orchestration import alerts
from evergreen.settings import settings
from evergreen.sources import registry
from evergreen.sources.definition import Source

# When the first scheduled interval begins; nothing is caught up.
START = datetime(2026, 1, 1, tzinfo=UTC)
OWNER = "data-engineering"


def task_defaults(owner: str = OWNER) -> dict[str, Any]:
    """Return the default arguments of every task: what passes by itself is tried again."""
    return {
        "owner": owner,
        "on_failure_callback": alerts.on_failure(),
        "retries": 2,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=15),
        "execution_timeout": timedelta(hours=4),
    }


def source_names() -> list[str]:
    """Return the names of all sources of the project, of broken definitions too."""
    return sorted(path.stem for path in (settings().project / "sources").glob("*.yml"))


def definition(name: str) -> tuple[Source | None, str]:
    """Return a source's definition, or None and what is wrong with it.

    A mistake in one source must not take the DAGs of the others away; the tasks of its own DAG say it.
    """
    try:
        return registry.load(name), ""
    except EvergreenError as error:
        return None, str(error)


def asset_name(source: str) -> str:
    """Return the name of the asset that a load of the source updates."""
    return f"raw.{source}"

"""A home as its user has it: a folder, and the `evergreen` command run in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers import server_version

COMMAND = Path(sys.executable).with_name("evergreen")

# one key in all homes: marts of two homes are compared, and a pseudonym hangs on the key
PSEUDONYM_KEY = "the same in every home of the tests"

COLUMNS_OF_MARTS = """
select
    relation.relname as mart,
    string_agg(quote_ident(attribute.attname), ', ' order by attribute.attnum) as columns
from pg_class as relation
inner join pg_attribute as attribute on relation.oid = attribute.attrelid
where relation.relnamespace = 'marts'::regnamespace and attribute.attnum > 0 and not attribute.attisdropped
group by relation.relname
order by relation.relname
"""


@dataclass(frozen=True)
class Home:
    """EVERGREEN_HOME below a folder of the test's own."""

    path: Path

    @property
    def environment(self) -> dict[str, str]:
        """What the command finds around it."""
        others = {k: v for k, v in os.environ.items() if not k.startswith(("EVERGREEN_", "AIRFLOW"))}
        own = {"EVERGREEN_HOME": str(self.path), "EVERGREEN_PSEUDONYM_KEY": PSEUDONYM_KEY}
        return others | own | server_version()

    def evergreen(self, *arguments: str | Path, expect: int = 0) -> subprocess.CompletedProcess[str]:
        """Run the command; its exit code must be the expected one."""
        done = subprocess.run(
            [COMMAND, *map(str, arguments)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == expect, f"{arguments}: {done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Return the rows of a query of the reader's; numbers come as JSON says them."""
        found: list[dict[str, Any]] = json.loads(self.evergreen("sql", query, "--format", "json").stdout)
        return found

    def value(self, query: str) -> Any:
        """Return the one value of a query of the reader's."""
        [row] = self.rows(query)
        [value] = row.values()
        return value

    def marts(self) -> dict[str, str]:
        """Return every mart as CSV, its rows in the order of all its columns."""
        return {
            row["mart"]: self.evergreen(
                "sql", f"select * from marts.{row['mart']} order by {row['columns']}", "--format", "csv"
            ).stdout
            for row in self.rows(COLUMNS_OF_MARTS)
        }


def assert_same_marts(one: Home, other: Home) -> None:
    """Compare every mart of two homes byte by byte."""
    ones, others = one.marts(), other.marts()
    assert ones.keys() == others.keys()
    assert not [name for name, text in ones.items() if text != others[name]]

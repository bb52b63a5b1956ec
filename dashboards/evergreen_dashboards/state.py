"""What an installation of the dashboards knows: addresses and secrets, in a file of the home."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

ADMINISTRATOR = "admin"


@dataclass(frozen=True)
class State:
    """Where the warehouse is read, where Superset keeps its own tables, and two secrets."""

    reader_url: str
    metadata_url: str
    secret_key: str
    admin_password: str

    @classmethod
    def read(cls) -> State:
        """Read the file that `evergreen dashboards --prepare` writes; EVERGREEN_DASHBOARDS is its folder."""
        path = Path(os.environ["EVERGREEN_DASHBOARDS"]) / "settings.json"
        return cls(**json.loads(path.read_text(encoding="utf-8")))

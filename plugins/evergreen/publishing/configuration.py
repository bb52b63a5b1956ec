"""What a release was built with: a hash over the dbt project and the variables given to it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

_MADE = {"target", "logs", "dbt_packages", "__pycache__"}
_BUILT_FROM = {".sql", ".yml", ".yaml", ".csv", ".md"}


def configuration_hash(project: Path, variables: dict[str, Any]) -> str:
    """Return a hash that changes when models, macros, seeds, tests or variables do.

    Args:
        project: the dbt project's folder.
        variables: what every build is given besides; not what changes from build to build.
    """
    digest = hashlib.sha256(json.dumps(variables, sort_keys=True).encode())
    for path in sorted(project.rglob("*")):
        inside = path.relative_to(project)
        if path.suffix in _BUILT_FROM and not _MADE & set(inside.parts) and path.is_file():
            digest.update(f"\0{inside.as_posix()}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:32]

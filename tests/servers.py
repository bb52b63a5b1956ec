"""Which PostgreSQL the servers of tests are: `make test-old-postgres` asks for the oldest that will do."""

from __future__ import annotations

import os


def server_version() -> dict[str, str]:
    """Return the setting, as an environment; nothing where the default version is meant."""
    version = os.environ.get("EVERGREEN_TEST_POSTGRES")
    return {"EVERGREEN_POSTGRES_VERSION": version} if version else {}

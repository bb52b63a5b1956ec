"""Superset, its own tables made ready and the dashboards imported, as a server."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import NoReturn

from evergreen_dashboards.bundle import bundle
from evergreen_dashboards.state import ADMINISTRATOR, State


def configure() -> None:
    """Let Superset find its configuration; before anything of it is imported."""
    os.environ["SUPERSET_CONFIG_PATH"] = str(Path(__file__).with_name("config.py"))
    os.environ["FLASK_APP"] = "superset.app:create_app()"
    folder = str(Path(__file__).resolve().parents[1])
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [folder, os.environ.get("PYTHONPATH", "")]))


def prepare() -> None:
    """Bring Superset's own tables, roles and administrator to this version, and import the bundle."""
    configure()
    logging.disable(logging.INFO)
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        from flask_migrate import upgrade

        upgrade(str(Path(sys.modules["superset"].__file__ or "").parent / "migrations"))
        from superset.commands.importers.v1.assets import ImportAssetsCommand
        from superset.extensions import appbuilder, security_manager
        from superset.utils.core import override_user

        appbuilder.add_permissions(update_perms=True)
        security_manager.sync_role_definitions()
        password = State.read().admin_password
        administrator = security_manager.find_user(ADMINISTRATOR)
        if administrator is None:
            administrator = security_manager.add_user(
                ADMINISTRATOR,
                "Evergreen",
                "Administrator",
                "admin@localhost",
                security_manager.find_role("Admin"),
                password,
            )
        with override_user(administrator):
            ImportAssetsCommand(bundle()).run()


def serve(host: str, port: int, workers: int = 2) -> NoReturn:
    """Become the server."""
    configure()
    gunicorn = str(Path(sys.executable).with_name("gunicorn"))
    os.execv(  # noqa: S606 - no shell is wanted
        gunicorn,
        [
            gunicorn,
            *("--bind", f"{host}:{port}", "--workers", str(workers), "--worker-class", "gthread"),
            *("--threads", "8", "--timeout", "120", "--log-level", "warning"),
            "superset.app:create_app()",
        ],
    )

"""Superset's configuration; Superset reads it because SUPERSET_CONFIG_PATH says so."""

from __future__ import annotations

import os
from copy import deepcopy
from typing import Any

from superset import config as defaults

from evergreen_dashboards.state import State

_state = State.read()

SECRET_KEY = _state.secret_key
SQLALCHEMY_DATABASE_URI = _state.metadata_url
APP_NAME = "Evergreen"
# Behind a proxy with TLS: believe what it says of the address, and send cookies over TLS only.
ENABLE_PROXY_FIX = SESSION_COOKIE_SECURE = bool(os.environ.get("EVERGREEN_DASHBOARDS_PROXY"))

# Nothing comes from elsewhere: no maps, fonts, pictures, and no pixel that counts installations.
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": SESSION_COOKIE_SECURE,
}
THEME_FONT_URL_ALLOWED_DOMAINS: list[str] = []

# What Superset has no setting of the chart for: the points of a matrix bear their names.
THEME_DEFAULT = deepcopy(defaults.THEME_DEFAULT)
THEME_DEFAULT["token"]["echartsOptionsOverridesByChartType"] = {
    "bubble_v2": {
        "series": {
            "symbolSize": 14,
            "label": {"show": True, "position": "top", "formatter": "{@[3]}", "color": "#444"},
            "labelLayout": {"moveOverlap": "shiftY"},
        }
    }
}

# One machine, a handful of people: counters of failed logins are kept in memory.
RATELIMIT_STORAGE_URI = "memory://"
ROW_LIMIT = 10_000


def DB_CONNECTION_MUTATOR(uri: Any, params: dict[str, Any], *_: Any) -> tuple[Any, dict[str, Any]]:
    """Connect as the reader, wherever the warehouse is: neither address nor password is in the bundle."""
    from sqlalchemy.engine import make_url

    return make_url(_state.reader_url).set(drivername="postgresql+psycopg2"), params

"""Everything the environment says, as one typed object. Nothing else reads the environment."""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets as randomness
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from evergreen.errors import EvergreenError

# where containers find their secrets: a file for each, `evergreen_<name>`; the environment wins
SECRET_FILES = Path("/run/secrets")


def _as_number(value: Any) -> Any:
    """Read the environment's text, which a Literal of numbers does not take."""
    return int(value) if isinstance(value, str) and re.fullmatch("[0-9]+", value) else value


class Settings(BaseSettings):
    """Where things are and how to reach them; every field is an environment variable `EVERGREEN_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="EVERGREEN_", env_ignore_empty=True, frozen=True)

    home: Path = Field(default=Path(".evergreen"), description="state of the embedded default")
    project: Path = Field(
        default=Path(__file__).resolve().parents[2],
        description="root of the checkout: dags/, sources/, expectations/, dbt_project/",
    )
    database_url: SecretStr | None = Field(default=None, description="an existing PostgreSQL server instead")
    pseudonym_key: SecretStr | None = Field(default=None, description="secret behind the customer keys")
    erasure_key: SecretStr | None = Field(default=None, description="secret behind the list of the erased")
    postgres_version: Annotated[Literal[16, 18], BeforeValidator(_as_number)] = Field(
        default=18, description="of the embedded server"
    )
    dbt_threads: int = Field(
        default=4, ge=1, description="models that dbt builds side by side (profiles.yml)"
    )
    keep_days: int = Field(
        default=90, ge=1, description="how long logs, Airflow's history and settled quarantine rows stay"
    )
    alert_email: str | None = Field(default=None, description="who gets mail when a task fails")
    alert_webhook: SecretStr | None = Field(default=None, description="address told when a task fails")

    def model_post_init(self, context: Any) -> None:
        """Make the paths absolute once, so that a later change of directory changes nothing."""
        object.__setattr__(self, "home", self.home.expanduser().absolute())
        object.__setattr__(self, "project", self.project.expanduser().absolute())

    @property
    def airflow_home(self) -> Path:
        """Airflow's own folder: its configuration and task logs."""
        return self.home / "airflow"


@cache
def settings() -> Settings:
    """Return the settings of this process, read once.

    Raises:
        EvergreenError: a variable has a value that does not fit, named in the message.
    """
    try:
        return Settings(_secrets_dir=SECRET_FILES if SECRET_FILES.is_dir() else None)
    except ValidationError as error:
        first = error.errors()[0]
        name = "EVERGREEN_" + "_".join(str(part).upper() for part in first["loc"])
        raise EvergreenError(f"{name}: {first['msg']}: set it to a value that fits, or unset it") from None
    except RuntimeError:  # what pathlib makes of ~somebody
        raise EvergreenError("EVERGREEN_HOME, _PROJECT: no such user: write the path out") from None
    except FileNotFoundError:
        raise EvergreenError("the folder you are in is no more: go to one that is there") from None


def reset() -> None:
    """Forget the settings; the next call reads the environment again (tests change it)."""
    settings.cache_clear()


def secrets() -> dict[str, str]:
    """Return the generated secrets of this home: passwords by role, the pseudonym key, the erasure key.

    They are made once and kept in `secrets.json`, readable by the owner only. `EVERGREEN_PSEUDONYM_KEY` and
    `EVERGREEN_ERASURE_KEY` win over the generated keys.
    """
    keys = {"pseudonym_key": settings().pseudonym_key, "erasure_key": settings().erasure_key}
    for name in keys:
        _generate(name, lambda: randomness.token_hex(32))
    known = _read_json(settings().home / "secrets.json")
    return known | {name: given.get_secret_value() for name, given in keys.items() if given}


def password(name: str) -> str:
    """Return the generated password called `name`, making it on first use."""
    return _generate(f"password_{name}", lambda: randomness.token_urlsafe(24))


def activation() -> dict[str, str]:
    """Return the active sources of this home: name → location ('' where the source's own default holds)."""
    return _read_json(settings().home / "activation.json")


def activate(sources: dict[str, str]) -> None:
    """Make exactly these sources the active ones, from now on."""
    write_private_json(settings().home / "activation.json", sources)


def _generate(key: str, make: Callable[[], str]) -> str:
    """Return the secret `key`, made on first use. Of two processes that ask at once, one makes it."""
    path = settings().home / "secrets.json"
    if key not in (known := _read_json(path)):
        make_home()
        with (path.parent / "secrets.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if key not in (known := _read_json(path)):
                known[key] = make()
                write_private_json(path, known)
    return known[key]


def make_home() -> Path:
    """Make the home if it is not there.

    For root it can be passed through but not listed, because the database server's ordinary user must get
    to the data folder; what is private in it says so itself.

    Raises:
        EvergreenError: it cannot be made, or not be written to.
    """
    home = settings().home
    try:
        home.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EvergreenError(
            f"{home}: {error.strerror}: set EVERGREEN_HOME to a folder you may write to"
        ) from None
    if not os.access(home, os.W_OK | os.X_OK):
        raise EvergreenError(f"{home}: may not be written: set EVERGREEN_HOME to a folder of your own")
    return home


def _read_json(path: Path) -> dict[str, str]:
    try:
        content: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):  # making the home says what is wrong with it
        return {}
    except PermissionError:
        raise EvergreenError(
            f"{path}: may not be read: set EVERGREEN_HOME to a folder of your own, or go on as its owner"
        ) from None
    except (OSError, ValueError) as error:
        raise EvergreenError(f"{path}: cannot be read ({error}): mend the file or remove it") from None
    return content


def write_private_json(path: Path, content: dict[str, str]) -> None:
    """Write beside and rename: a crash leaves the old file. Locations may hold passwords, hence 0600."""
    make_home()
    beside = path.with_suffix(f".{os.getpid()}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2, sort_keys=True)
    beside.replace(path)


def environment_secret(name: str) -> str | None:
    """Return a secret that a source definition says is in the environment variable `name`; None if unset."""
    return os.environ.get(name) or None

"""dbt in a process of its own, which ends with its caller: python -m evergreen.orchestration.dbt_process CALL

CALL is JSON: {"both": options of parsing and of building, "build": options of building alone}, named as dbt's
own, without dashes. What dbt tells is a line of JSON per event. Results and manifest are left in the target
folder.

By its own command dbt writes the manifest twice a call, and makes a line of text of every event, wanted or
not. That is a fifth of the CPU seconds of a day's build.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
import threading
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

# `main` says what it does itself, dbt's loggers nothing
_QUIET = {"write_json": False, "log_level": "none", "log_level_file": "none", "print": False}
_UNTOLD = ("debug", "test")
_LOG_BYTES = 10_000_000
_saying = threading.Lock()


def main(both: dict[str, Any], build: dict[str, Any]) -> int:
    """Parse and build; return the exit code.

    Args:
        both: options of parsing and of building, `target_path` among them.
        build: options of building alone.
    """
    from dbt.cli.main import dbtRunner

    target = Path(both["target_path"])
    callbacks = [_teller(target / "logs" / "dbt.log")]
    parsed = dbtRunner(callbacks=callbacks).invoke(["parse"], **_QUIET, **both)
    if not parsed.success:
        return _failed(parsed.exception)
    _write_if_older(parsed.result, target / "manifest.json", than=target / "partial_parse.msgpack")
    done = dbtRunner(parsed.result, callbacks).invoke(["build"], **_QUIET, **both, **build)
    if done.result is None:
        return _failed(done.exception)
    done.result.write(str(target / "run_results.json"))
    return 0 if done.success else 1


def end_with_the_caller() -> None:
    """End at once when standard input closes: nobody else would stop dbt from writing into a candidate."""

    def wait() -> None:
        os.read(sys.stdin.fileno(), 1)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _teller(log: Path) -> Callable[[Any], None]:
    """Return what tells an event of dbt to the caller, and writes it into a log for people."""
    log.parent.mkdir(parents=True, exist_ok=True)
    lines = logging.getLogger("evergreen.dbt")
    handler = RotatingFileHandler(log, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    lines.addHandler(handler)
    lines.setLevel(logging.INFO)
    lines.propagate = False

    def tell(event: Any) -> None:
        if event.info.level in _UNTOLD:
            return
        _say(event.info.name, total=_total(event.data), error=getattr(event.data, "exc", ""))
        if event.info.msg.strip():
            lines.info("%-5s %s", event.info.level, event.info.msg)

    return tell


def _total(data: Any) -> int:
    """Return how many models and tests there are, where an event says so."""
    return int(getattr(data, "total", 0) or getattr(data, "num_models", 0))


def _write_if_older(manifest: Any, path: Path, *, than: Path) -> None:
    """Write the manifest unless it was written since dbt last read the project anew."""
    if not path.exists() or path.stat().st_mtime_ns < than.stat().st_mtime_ns:
        manifest.write(str(path))


def _failed(reason: BaseException | None) -> int:
    """Say why dbt did not come to build anything, and return the exit code."""
    _say("Failed", error=str(reason or ""))
    return 2


def _say(name: str, *, total: int = 0, error: str = "") -> None:
    line = json.dumps({"name": name, "total": total, "error": error})
    with _saying:  # models and tests end at the same time; one line amid another would be read as neither
        print(line, flush=True)


if __name__ == "__main__":
    end_with_the_caller()
    # What dbt allocates is the project, which stays: to look for cycles in it as often as Python does by
    # itself takes a tenth of its CPU seconds.
    gc.set_threshold(50_000, 20, 100)
    sys.exit(main(**json.loads(sys.argv[1])))

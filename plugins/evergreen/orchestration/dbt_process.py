"""dbt in a process of its own, which ends with its caller.

    python -m evergreen.orchestration.dbt_process TARGET

Results, manifest and log are left in TARGET. Each call is a line of JSON on standard input:

    {"options": PGOPTIONS, "both": options of parsing and of building, "build": options of building alone}

Options are named as dbt's own, without dashes. What dbt tells is a line of JSON per event, the last one of a
call {"name": "Ended", "code": …}; then the next call may come.

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
from logging.handlers import RotatingFileHandler
from pathlib import Path
from queue import SimpleQueue
from typing import Any

# what it does is said by `_tell`, dbt's loggers nothing
_QUIET = {"write_json": False, "log_level": "none", "log_level_file": "none", "print": False}
_UNTOLD = ("debug", "test")
_LOG_BYTES = 10_000_000
_saying = threading.Lock()
_lines = logging.getLogger("evergreen.dbt")


def answer(target: Path, options: str, both: dict[str, Any], build: dict[str, Any]) -> int:
    """Parse and build; return the exit code.

    Args:
        target: where results are left, and the log.
        options: what sessions of the database set.
        both: options of parsing and of building.
        build: options of building alone.
    """
    from dbt.cli.main import dbtRunner

    os.environ["PGOPTIONS"] = options
    both |= {"target_path": str(target), "log_path": str(target / "logs")}
    parsed = dbtRunner(callbacks=[_tell]).invoke(["parse"], **_QUIET, **both)
    if not parsed.success:
        return _failed(parsed.exception)
    _write_if_older(parsed.result, target / "manifest.json", than=target / "partial_parse.msgpack")
    done = dbtRunner(parsed.result, [_tell]).invoke(["build"], **_QUIET, **both, **build)
    if done.result is None:
        return _failed(done.exception)
    done.result.write(str(target / "run_results.json"))
    return 0 if done.success else 1


def listen() -> SimpleQueue[str]:
    """Return where calls come in.

    The process ends at once when standard input closes, also amid a call: nobody else would stop dbt from
    writing into a candidate.
    """
    calls: SimpleQueue[str] = SimpleQueue()

    def wait() -> None:
        for line in sys.stdin:
            calls.put(line)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
    return calls


def _log_into(path: Path) -> None:
    """Keep a log for people."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    _lines.addHandler(handler)
    _lines.setLevel(logging.INFO)
    _lines.propagate = False


def _tell(event: Any) -> None:
    """Tell an event of dbt to the caller, and write it into the log."""
    if event.info.level in _UNTOLD:
        return
    _say(event.info.name, total=_total(event.data), error=getattr(event.data, "exc", ""))
    if event.info.msg.strip():
        _lines.info("%-5s %s", event.info.level, event.info.msg)


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


def _say(name: str, **more: Any) -> None:
    line = json.dumps({"name": name, "total": 0, "error": ""} | more)
    with _saying:  # models and tests end at the same time; one line amid another would be read as neither
        print(line, flush=True)


def main() -> None:
    """Answer call after call."""
    target = Path(sys.argv[1])
    _log_into(target / "logs" / "dbt.log")
    calls = listen()
    # What dbt allocates is the project, which stays: to look for cycles in it as often as Python does by
    # itself takes a tenth of its CPU seconds.
    gc.set_threshold(50_000, 20, 100)
    import dbt.cli.main  # noqa: F401 - takes seconds, in which the first call may still be on its way

    while True:
        _say("Ended", code=answer(target, **json.loads(calls.get())))


if __name__ == "__main__":
    main()

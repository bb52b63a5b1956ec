"""What the environment of the dashboards does; `evergreen dashboards` calls it."""

from __future__ import annotations

import argparse
from pathlib import Path


def main() -> None:
    """Understand one command and do it."""
    parser = argparse.ArgumentParser(prog="evergreen_dashboards", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser(
        "prepare", help="bring Superset's own tables to this version and import the dashboards"
    )
    serving = commands.add_parser("serve", help="run Superset")
    serving.add_argument("--host", default="127.0.0.1")
    serving.add_argument("--port", type=int, default=8088)
    serving.add_argument("--prepare", action="store_true", help="prepare first")
    writing = commands.add_parser("bundle", help="write the dashboards as a file that any Superset imports")
    writing.add_argument("path", type=Path)
    checking = commands.add_parser(
        "check", help="open every dashboard in a browser; fail where a chart shows nothing"
    )
    checking.add_argument("--address", default="http://127.0.0.1:8088")
    checking.add_argument("--pictures", type=Path, help="folder for a picture of each dashboard")
    checking.add_argument("--queries", type=Path, help="file for the SQL of every chart")
    said = parser.parse_args()
    if said.command == "bundle":
        from evergreen_dashboards import bundle

        bundle.write(said.path)
    elif said.command == "check":
        from evergreen_dashboards import checking as checks

        raise SystemExit(checks.check(said.address, said.pictures, said.queries))
    else:
        from evergreen_dashboards import serving as server

        if said.command == "prepare" or said.prepare:
            server.prepare()
        if said.command == "serve":
            server.serve(said.host, said.port)


if __name__ == "__main__":
    main()

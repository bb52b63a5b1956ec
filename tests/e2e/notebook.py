"""Runs a notebook as its reader would: cell by cell, what a cell ends with is shown.

python notebook.py <file.ipynb>
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any


def run(path: Path) -> list[Any]:
    """Return what each cell of code ends with; pictures are made into what would be drawn.

    Raises:
        Exception: whatever a cell raises.
    """
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {}
    shown = []
    for cell in cells:
        if cell["cell_type"] == "code":
            parsed = ast.parse("".join(cell["source"]))
            last = parsed.body.pop() if isinstance(parsed.body[-1], ast.Expr) else None
            exec(compile(parsed, path.name, "exec"), names)
            value = eval(compile(ast.Expression(last.value), path.name, "eval"), names) if last else None
            is_picture = type(value).__module__.startswith("altair")
            shown.append(value.to_dict() if is_picture else value)
    return shown


if __name__ == "__main__":
    for one in run(Path(sys.argv[1])):
        print(one)

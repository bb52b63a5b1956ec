"""Stands in for dbt's own macros while sqlfluff renders a model: SQL need only parse there, not run."""

from collections.abc import Callable


def __getattr__(name: str) -> Callable[..., str]:
    """Return a macro that renders as the call of a function of its name, or as the name of a type."""
    if name.startswith("type_"):
        return lambda: name.removeprefix("type_").replace("string", "text")
    if name == "listagg":
        return lambda measure, delimiter, order_by="": f"string_agg({measure}, {delimiter} {order_by})"
    return lambda *arguments: f"{name}({', '.join(map(str, arguments))})"

"""The definition of a new source, `sources/<source>.yml`, as a person would write it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from evergreen.onboarding.plan import TABLE, Plan, PlannedColumn
from evergreen.onboarding.sample import Catalogue
from evergreen.sources.access import FileFormat, HttpTable


def definition(plan: Plan) -> str:
    """Return the text of the definition, with comments where a guess should be looked at."""
    reader, teller = _reader(plan)
    lines = [
        f"source: {plan.source}",
        f"description: Sales of {plan.source}, as its {teller} them.",
        "owner: data-engineering",
        *([f"reader: {reader}"] if reader else []),
        "# of the clocks that the times below are read from",
        "time_zone: UTC",
        "",
        "tables:",
        f"  {TABLE}:",
        f"    description: One row per {'order' if len(plan.key) == 1 else 'line of an order'}.",
        *_place(plan),
        *_key(plan),
        "    columns:",
        *(f"      {line}" for column in plan.columns for line in _column(column)),
    ]
    return "\n".join(lines) + "\n"


def _reader(plan: Plan) -> tuple[str | None, str]:
    """Return the reader, where it is not that of files, and who tells of the sales."""
    if plan.catalogue:
        return "postgres", "database tells"
    return ("http", "web service tells") if plan.sample.service else (None, "files tell")


def _place(plan: Plan) -> Iterable[str]:
    if plan.catalogue:
        return _relation(plan, plan.catalogue)
    if plan.sample.service:
        return _http(plan.sample.service.table)
    return _files(plan, plan.sample.form)


def _http(table: HttpTable) -> Iterable[str]:
    yield "    http:"
    yield f"      path: {scalar(table.path)}"
    yield f"      items: {scalar(table.items) if table.items else 'null'}"
    if table.paging is None:
        yield "      # one answer holds all"
        yield "      paging: null"
    elif table.paging.by == "link":
        yield f"      paging: {{by: link, next: {scalar(table.paging.next)}, size_parameter: null}}"
    else:
        yield f"      paging: {{by: number, parameter: {table.paging.parameter}, size_parameter: null}}"


def _relation(plan: Plan, catalogue: Catalogue) -> Iterable[str]:
    yield f"    from: {scalar(catalogue.relation)}"
    if plan.updated_at:
        yield "    # a run reads what changed since the last one, and a day before: some commit late"
        yield f"    updated_at: {scalar(plan.updated_at)}"
        yield "    look_back: 1 day"


def _files(plan: Plan, form: FileFormat | None) -> Iterable[str]:
    assert form is not None  # of every file
    yield f"    files: {_patterns(form)}"
    if plan.sample.is_dated:
        yield r"    delivered_on: {pattern: '\d{4}-\d{2}-\d{2}'}"
    yield "    # a file that is delivered again replaces what it brought before"
    yield "    partition: file"


def _patterns(form: FileFormat) -> str:
    inferred = type(form).model_validate(form.match)
    more = [
        f"{name}: {scalar(getattr(form, name))}"
        for name in ("delimiter", "encoding")
        if getattr(form, name) != getattr(inferred, name)
    ]
    if not more:
        return f"[{json.dumps(form.match)}]"
    return f"[{{match: {json.dumps(form.match)}, {', '.join(more)}}}]"


def _key(plan: Plan) -> Iterable[str]:
    if key := plan.primary_key or plan.key:
        yield f"    key: [{', '.join(map(scalar, key))}]"
        return
    if plan.keeps_copies:
        yield "    # nothing numbers the orders: every row is one of its own, equal ones too"
    else:
        why = "order and line do not tell rows apart" if plan.has("line") else "nothing numbers the lines"
        yield f"    # {why}, so a row is known by all its fields; exact copies are refused"
    yield "    key: all"
    yield f"    duplicates: {'keep' if plan.keeps_copies else 'quarantine'}"


def _column(column: PlannedColumn) -> Iterable[str]:
    parts = [] if column.header == column.name else [f"from: {scalar(column.header)}"]
    if column.type != "text":
        parts.append(f"type: {column.type}")
    if column.required:
        parts.append("required: true")
    if column.clean:
        parts.append(f"clean: [{', '.join(column.clean)}]")
    if column.identifies:
        parts.append(f"identifies: {column.identifies}")
    if column.is_personal:
        parts.append("personal: true")
    if column.role is None and not column.is_personal:
        yield "# kept, and not used further; say `personal: true` if it belongs to a person"
    yield f"{scalar(column.name)}: {{{', '.join(parts)}}}"


def scalar(text: str) -> str:
    """Return a text as a scalar of YAML, quoted where it has to be."""
    is_plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9 _.-]*[A-Za-z0-9._]|[A-Za-z]", text)
    is_word = text.lower() in ("null", "true", "false", "yes", "no", "on", "off", "y", "n")
    return text if is_plain and not is_word else json.dumps(text, ensure_ascii=False)

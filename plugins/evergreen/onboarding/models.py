"""The dbt models of a new source: staging, and deliveries to the input layer, each with its YAML."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from evergreen.onboarding.definition import scalar
from evergreen.onboarding.plan import TABLE, Plan, PlannedColumn
from evergreen.onboarding.states import state_cases

_NUMBERS = ("integer", "bigint", "numeric")


@dataclass(frozen=True)
class Output:
    """A column that a model puts out.

    kind: under which heading of the select it stands.
    expression: SQL; the name alone where nothing is to be done.
    """

    kind: str
    name: str
    data_type: str
    expression: str
    description: str


@dataclass(frozen=True)
class Model:
    """A model: its name, the grain as the first sentence, its columns, and what stands around the select.

    steps: CTEs between the import and the last select, ready to print.
    source: the CTE that the last select reads.
    tail: what follows its FROM, such as a grouping.
    """

    name: str
    grain: str
    outputs: list[Output]
    source: str = "sales"
    steps: str = ""
    tail: str = ""

    def sql(self, imported: str) -> str:
        """Return the text of the model; `imported` is what the import CTE holds."""
        last = "renamed" if self.name.startswith("stg_") else "final"
        first = "source" if last == "renamed" else "sales"
        return (
            f"with {first} as (\n\n    {imported}\n\n),\n\n{self.steps}"
            f"{last} as (\n\n    select\n{_select(self.outputs)}\n\n"
            f"    from {self.source}\n{self.tail}\n)\n\n"
            f"select * from {last}\n"
        )

    def yml(self) -> str:
        """Return the text of its YAML."""
        lines = [
            "models:",
            f"  - name: {self.name}",
            f"    description: {scalar(self.grain)}",
            "    columns:",
        ]
        for output in self.outputs:
            lines += [
                f"      - name: {scalar(output.name)}",
                f"        data_type: {output.data_type}",
                f"        description: {scalar(output.description)}",
            ]
        return "\n".join(lines) + "\n"


def _select(outputs: Iterable[Output]) -> str:
    """Return the select list, by kind: ids, text, numerics, booleans, dates and timestamps."""
    kinds: dict[str, list[str]] = {}
    for output in outputs:
        named = output.name if output.expression == output.name else f"{output.expression} as {output.name}"
        kinds.setdefault(output.kind, []).append(f"        {named}")
    blocks = [f"        -- {kind}\n" + ",\n".join(lines) for kind, lines in kinds.items()]
    return ",\n\n".join(blocks)


def model_files(plan: Plan) -> dict[str, str]:
    """Return the files of the source's models: path below the dbt project → text."""
    staging, delivery = f"models/staging/{plan.source}", f"models/input_layer/{plan.source}"
    staged = _staged(plan)
    imported = f"{{{{ promoted('{plan.source}', '{TABLE}') }}}}"
    files = {
        f"{staging}/__sources.yml": _sources(plan),
        f"{staging}/{staged.name}.sql": staged.sql(imported),
        f"{staging}/{staged.name}.yml": staged.yml(),
    }
    for entity in plan.entities:
        model = _DELIVERIES[entity](plan)
        imported = f"select * from {{{{ ref('{plan.model}') }}}}"
        files[f"{delivery}/{model.name}.sql"] = model.sql(imported)
        files[f"{delivery}/{model.name}.yml"] = model.yml()
    return files


def _sources(plan: Plan) -> str:
    return (
        "sources:\n"
        f"  - name: {plan.source}\n"
        f"    description: Raw tables of the source; what they hold stands in sources/{plan.source}.yml.\n"
        "    schema: raw\n"
        "    tables:\n"
        f"      - name: {TABLE}\n"
        f"        identifier: {plan.source}__{TABLE}\n"
    )


def _staged(plan: Plan) -> Model:
    outputs = [*_keys(plan)]
    outputs += [_output(column) for column in plan.columns if not column.is_personal and not _is_key(column)]
    order = ["ids", "text", "numerics", "booleans", "dates", "timestamps"]
    outputs.sort(key=lambda output: order.index(output.kind))
    grain = "One row per order." if len(plan.key) == 1 else "One row per line of an order."
    return Model(plan.model, grain, outputs, source="source")


def _is_key(column: PlannedColumn) -> bool:
    return bool(column.role and column.role.name in ("order", "line"))


def _keys(plan: Plan) -> Iterable[Output]:
    if plan.has("order"):
        yield Output("ids", "order_id", "text", "order_id", f"{plan.of('order').header}: names the order.")
    else:
        says = "names the order, which is one row."
        yield Output("ids", "order_id", "text", *_row_key(plan, says))
    if plan.key == () and plan.has("order"):
        yield Output("ids", "line_key", "text", *_row_key(plan, "names the line."))
    elif "line_number" in plan.key:
        number = "cast(line_number as {{ dbt.type_string() }})"
        yield Output("ids", "line_key", "text", number, "Number of the line within its order.")
    elif len(plan.key) > 1:
        yield Output(
            "ids", "line_key", "text", plan.key[1], "Product of the line: one line per order has it."
        )


def _row_key(plan: Plan, says: str) -> tuple[str, str]:
    """Return SQL for what a row is known by where its order does not tell, and its description."""
    if not plan.primary_key:
        return "_key", f"Hash of all fields: {says}"
    parts = [f"cast({name} as {{{{ dbt.type_string() }}}})" for name in plan.primary_key]
    return " || '-' || ".join(parts), f"Primary key of the table: {says}"


def _output(column: PlannedColumn) -> Output:
    says = f"{column.header}: {column.role.says if column.role else 'as the source says it'}."
    if column.identifies:
        says = f"{column.header}: pseudonym; NULL = a guest." if column.identifies == "customer" else says
        return Output("ids", column.name, "text", column.name, says)
    if column.type in _NUMBERS:
        value = column.name if column.type == "numeric" else f"cast({column.name} as numeric)"
        return Output("numerics", column.name, "numeric", value, says)
    if column.type == "timestamp":
        moment = f"{{{{ business_time('{column.name}') }}}}"
        return Output("timestamps", column.name, "timestamp", moment, says)
    if column.type in ("boolean", "date"):
        return Output(f"{column.type}s", column.name, column.type, column.name, says)
    value = f"cast({column.name} as {{{{ dbt.type_string() }}}})" if column.type == "json" else column.name
    return Output("text", column.name, "text", value, says)


def _key_of(plan: Plan, column: str) -> str:
    return f"{{{{ source_key('{plan.source}', '{column}') }}}}"


def _amount(plan: Plan) -> str:
    if plan.has("amount"):
        return "line_amount"
    return "quantity * unit_price" if plan.has("quantity") else "unit_price"


def _ordered_at(plan: Plan) -> str:
    return "cast(ordered_at as timestamp)" if plan.of("ordered").type == "date" else "ordered_at"


def _sold(plan: Plan) -> str:
    """Return the condition under which a row is a sale."""
    return f"\n    where {_amount(plan)} >= 0\n" if plan.has_returns else ""


def _orders(plan: Plan) -> Model:
    outputs = [
        Output("ids", "order_id", "text", _key_of(plan, "order_id"), "The order, namespaced."),
        Output(
            "ids", "customer_id", "text", "min(customer_id)", "Pseudonym of the customer; NULL = a guest."
        ),
        _status(plan),
    ]
    for role, says in (
        ("channel", "Channel of the sale."),
        ("currency", "Currency of the amounts, ISO 4217."),
    ):
        if plan.has(role):
            name = plan.of(role).name
            outputs.append(Output("text", name, "text", f"min({name})", says))
    if plan.currency:
        outputs.append(Output("text", "currency", "text", f"'{plan.currency}'", f"Always {plan.currency}."))
    outputs.append(
        Output("timestamps", "ordered_at", "timestamp", f"min({_ordered_at(plan)})", "When it was placed.")
    )
    return Model(
        f"input_{plan.source}__orders", "One row per order.", outputs,
        tail=f"{_sold(plan)}\n    group by order_id\n",
    )  # fmt: skip


def _status(plan: Plan) -> Output:
    if not plan.has("status"):
        return Output("text", "status", "text", "'paid'", "Always paid: the source knows no states.")
    examples = ", ".join(plan.of("status").examples)
    return Output(
        "text", "status", "text", state_cases("min(status)"),
        f"What the contract calls the states of the source, such as {examples}.",
    )  # fmt: skip


def _order_lines(plan: Plan) -> Model:
    has_lines = len(plan.key) != 1 and plan.has("order")
    line_key = (
        ("line_key", "The line within its order.") if has_lines else ("'1'", "Always 1: no lines are told.")
    )
    outputs = [
        Output("ids", "order_id", "text", _key_of(plan, "order_id"), "The order, namespaced."),
        Output("ids", "line_key", "text", *line_key),
    ]
    if plan.has("product"):
        key = _key_of(plan, "product_code")
        outputs.append(Output("ids", "product_id", "text", key, "The product, namespaced."))
    if plan.has("quantity"):
        outputs.append(Output("numerics", "quantity", "numeric", "quantity", "Number of units."))
    if plan.has("price"):
        outputs.append(Output("numerics", "unit_price", "numeric", "unit_price", "Price of one unit."))
    says = "Amount of the line." if plan.has("amount") else f"{_amount(plan).replace('*', '×')}."
    outputs.append(Output("numerics", "line_amount", "numeric", _amount(plan), says))
    if plan.has("discount"):
        value = "abs(discount_amount)"
        outputs.append(
            Output("numerics", "discount_amount", "numeric", value, "Discount on the line, positive.")
        )
    return Model(
        f"input_{plan.source}__order_lines", "One row per line of an order.", outputs, tail=_sold(plan)
    )


def _products(plan: Plan) -> Model:
    key = _key_of(plan, "product_code")
    outputs = [Output("ids", "product_id", "text", key, "The product, namespaced.")]
    for role, says in (
        ("product_name", "Name, the last by alphabet of those used."),
        ("category", "Category."),
    ):
        if plan.has(role):
            outputs.append(Output("text", role, "text", f"max({role})", says))
    tail = "\n    where product_code is not null\n\n    group by product_code\n"
    return Model(f"input_{plan.source}__products", "One row per product.", outputs, tail=tail)


def _customers(plan: Plan) -> Model:
    said = [name for name in ("segment", "region") if plan.has(name)]
    ranking = ", ".join(["ordered_at desc", "order_id", *said])
    steps = (
        "ranked as (\n\n    select\n        customer_id,\n"
        + "".join(f"        {name},\n" for name in said)
        + "        row_number() over (\n            partition by customer_id\n"
        f"            order by {ranking}\n        ) as sale_rank\n\n"
        "    from sales\n\n    where customer_id is not null\n\n),\n\n"
    )
    outputs = [Output("ids", "customer_id", "text", "customer_id", "Pseudonym of the customer.")]
    outputs += [
        Output("text", name, "text", name, f"{name.capitalize()}, as the latest sale says.") for name in said
    ]
    return Model(
        f"input_{plan.source}__customers", "One row per customer who is named.", outputs,
        source="ranked", steps=steps, tail="\n    where sale_rank = 1\n",
    )  # fmt: skip


def _refunds(plan: Plan) -> Model:
    amount = _amount(plan)
    steps = (
        "returns as (\n\n    select\n        order_id,\n        min(customer_id) as customer_id,\n"
        f"        max(case when {amount} >= 0 then order_id end) as sold_order_id,\n"
        f"        min(case when {amount} < 0 then {_ordered_at(plan)} end) as refunded_at,\n"
        f"        -sum(case when {amount} < 0 then {amount} end) as refund_amount\n\n"
        "    from sales\n\n    group by order_id\n\n),\n\n"
    )
    order_says = "The order, where some of it was sold; NULL where all of it is a return."
    outputs = [
        Output(
            "ids", "refund_id", "text", _key_of(plan, "order_id"), "Key of the order or return, namespaced."
        ),
        Output("ids", "order_id", "text", _key_of(plan, "sold_order_id"), order_says),
        Output("ids", "customer_id", "text", "customer_id", "Pseudonym of the customer; NULL = a guest."),
        Output(
            "numerics",
            "refund_amount",
            "numeric",
            "refund_amount",
            "Amounts below zero, with the sign turned.",
        ),
        Output("timestamps", "refunded_at", "timestamp", "refunded_at", "When the first was given."),
    ]
    return Model(
        f"input_{plan.source}__refunds", "One row per order or return with amounts below zero.", outputs,
        source="returns", steps=steps, tail="\n    where refund_amount > 0\n",
    )  # fmt: skip


_DELIVERIES: dict[str, Callable[[Plan], Model]] = {
    "customers": _customers,
    "order_lines": _order_lines,
    "orders": _orders,
    "products": _products,
    "refunds": _refunds,
}

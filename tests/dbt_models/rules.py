"""The structural rules of the dbt project. Each tells, one line each, what breaks it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from dbt_models.project import Model, Project, place

Rule = Callable[[Project], Iterator[str]]

# What the models of a layer may read: layers, and sources by schema; `marts` are those of the live release.
READS = {
    "staging": {"raw", "audit"},
    "delivery": {"staging", "seed"},
    "contract": {"delivery", "contract"},
    "intermediate": {
        *("contract", "intermediate", "fact", "seed"),
        *("raw.changes", "core", "kept", "marts", "predictions", "estimates", "audit"),
    },
    "fact": {"contract", "intermediate", "fact", "seed", "core", "audit"},
    "mart": {
        *("contract", "intermediate", "fact", "mart", "seed"),
        *("marts", "predictions", "estimates", "audit"),
    },
}
CLOCK = re.compile(
    r"\b(now\s*\(|current_(date|time|timestamp)\b|local(time|timestamp)\b|getdate\s*\(|timeofday\s*\("
    r"|(clock|statement|transaction)_timestamp\b|run_started_at\b|modules\.datetime\b)",
    re.IGNORECASE,
)
# 0 and 1 stand for none, one and all; what else a value is compared with is a threshold.
THRESHOLD = re.compile(r"(?:[<>]=?|=|!=|\bbetween|\band)\s*(-?\d+(?:\.\d+)?)\b(?!\s*[*/+-])", re.IGNORECASE)
COMMENT = re.compile(r"\{#.*?#\}|--[^\n]*|/\*.*?\*/", re.DOTALL)


def names_follow_folders(project: Project) -> Iterator[str]:
    for model in project.models:
        if not re.fullmatch(expected_name(model), model.name):
            yield f"{model.name}: in its folder names are like {expected_name(model)}"


def expected_name(model: Model) -> str:
    word = r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*"
    return {
        "staging": f"stg_{model.group}__{word}",
        "delivery": f"input_{model.group}__{word}",
        "contract": f"input_layer__{word}",
        "intermediate": f"int_{word}__{word}",
    }.get(model.layer, rf"(?!stg_|input_|int_){word}")


def descriptions_begin_with_the_grain(project: Project) -> Iterator[str]:
    for model in project.models:
        first_sentence = re.split(r"(?<=[.:;])\s", model.node["description"].strip(), maxsplit=1)[0]
        # `while` is for relations of a single row
        if not re.fullmatch(r"One row (per|while) \S.*[.:;]", first_sentence, re.DOTALL):
            yield f"{model.name}: its description does not begin with `One row per …`"


def marts_that_are_views_read_what_stays(project: Project) -> Iterator[str]:
    """What is intermediate is emptied once the release is live."""
    for model in project.in_layers("mart"):
        if model.node["config"]["materialized"] != "view":
            continue
        for parent in project.parents(model):
            if parent["resource_type"] == "model" and place(parent).layer == "intermediate":
                yield f"{model.name}: is a view and reads {parent['name']}, which a release empties"


def public_models_have_a_tested_primary_key(project: Project) -> Iterator[str]:
    for model in project.in_layers("contract", "fact", "mart"):
        keys = [test for test in project.tests_of(model) if test["test_metadata"]["name"] == "primary_key"]
        if len(keys) != 1:
            yield f"{model.name}: has {len(keys)} tests primary_key, not one"
            continue
        for column in set(keys[0]["test_metadata"]["kwargs"]["columns"]) - set(model.node["columns"]):
            yield f"{model.name}: its key names a column {column} that it does not describe"


def models_others_rely_on_have_enforced_contracts(project: Project) -> Iterator[str]:
    for model in project.in_layers("staging", "delivery", "contract", "fact", "mart"):
        if not model.node["config"]["contract"]["enforced"]:
            yield f"{model.name}: its contract is not enforced"


def columns_are_described(project: Project) -> Iterator[str]:
    for model in project.models:
        for column in model.node["columns"].values():
            if not column["description"].strip().endswith("."):
                yield f"{model.name}.{column['name']}: is not described in a sentence"


def no_model_reads_the_clock(project: Project) -> Iterator[str]:
    code = {model.name: model.code for model in project.models}
    for macro in project.manifest["macros"].values():
        if macro["package_name"] == "evergreen":
            code[f"macro {macro['name']}"] = macro["macro_sql"]
    for name, sql in code.items():
        for found in CLOCK.finditer(COMMENT.sub("", sql)):
            yield f"{name}: reads the clock by {found[0]!r}; use as_of_date()"


def thresholds_are_variables(project: Project) -> Iterator[str]:
    for model in project.in_layers("intermediate", "fact", "mart"):
        for found in THRESHOLD.finditer(COMMENT.sub("", model.code)):
            if float(found[1]) not in (0, 1):
                yield f"{model.name}: {found[0]!r} compares with a literal; thresholds are vars or seeds"


def layers_read_downwards(project: Project) -> Iterator[str]:
    places = {model.node["unique_id"]: model for model in project.models}
    for model in project.models:
        for parent in project.parents(model):
            above = places.get(parent["unique_id"])
            if above:
                kinds = {above.layer}
            elif parent["resource_type"] == "source":
                kinds = {parent["schema"], f"{parent['schema']}.{parent['identifier']}"}
            else:
                kinds = {parent["resource_type"]}
            if not kinds & READS[model.layer]:
                found = f"{parent['name']} ({', '.join(sorted(kinds))})"
                yield f"{model.name}: a model of layer {model.layer} reads {found}"
            elif model.layer == "delivery" and above and above.group != model.group:
                yield f"{model.name}: reads {above.name}, staged from another source"


def var_deliveries_lists_the_delivery_models(project: Project) -> Iterator[str]:
    found = {model.name for model in project.in_layers("delivery")}
    listed = {
        f"input_{source}__{entity}"
        for source, entities in project.config["vars"]["deliveries"].items()
        for entity in entities
    }
    yield from (
        f"{name}: var deliveries does not list it, so nothing reads it" for name in sorted(found - listed)
    )
    yield from (
        f"{name}: var deliveries lists it, but there is no such model" for name in sorted(listed - found)
    )


def deliveries_fit_the_contract(project: Project) -> Iterator[str]:
    contracts = {model.name: model.node["columns"] for model in project.in_layers("contract")}
    for model in project.in_layers("delivery"):
        entity = model.name.partition("__")[2]
        contract = contracts.get(f"input_layer__{entity}")
        if contract is None:
            yield f"{model.name}: the input layer knows no {entity}"
            continue
        for name, column in model.node["columns"].items():
            if name not in contract:
                yield f"{model.name}.{name}: the contract has no such column, so it would be dropped"
            elif column["data_type"] != contract[name]["data_type"]:
                agreed = contract[name]["data_type"]
                yield f"{model.name}.{name}: is {column['data_type']}, in the contract {agreed}"


def every_source_table_is_staged(project: Project) -> Iterator[str]:
    staged = {model.name for model in project.in_layers("staging")}
    defined = {
        f"stg_{source}__{table}" for source, tables in project.source_tables.items() for table in tables
    }
    yield from (
        f"{name}: sources/ defines the table, but it is not staged" for name in sorted(defined - staged)
    )
    yield from (f"{name}: sources/ defines no such table" for name in sorted(staged - defined))


RULES: list[Rule] = [
    names_follow_folders,
    descriptions_begin_with_the_grain,
    public_models_have_a_tested_primary_key,
    models_others_rely_on_have_enforced_contracts,
    columns_are_described,
    no_model_reads_the_clock,
    thresholds_are_variables,
    layers_read_downwards,
    var_deliveries_lists_the_delivery_models,
    deliveries_fit_the_contract,
    every_source_table_is_staged,
    marts_that_are_views_read_what_stays,
]

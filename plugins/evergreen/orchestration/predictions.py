"""Between two builds of dbt: the value models are fitted, judged by the holdout, and asked about everyone."""

from __future__ import annotations

import time

from evergreen import progress
from evergreen.orchestration import prediction_tables as tables
from evergreen.orchestration.prediction_rows import Row, churn_rows, fit_rows, holdout_rows, segment_rows
from evergreen.publishing import candidate as candidates
from evergreen.publishing.gates import Check, record_checks
from evergreen.valuation.base import Base
from evergreen.valuation.prediction import Prediction, predict
from evergreen.valuation.scoring import Terms
from evergreen.warehouse.connections import Connection, Warehouse

RULE = "predictions_are_no_worse_than_own_rates"


def predict_candidate(warehouse: Warehouse, release_id: int) -> dict[str, int]:
    """Fit and score for a candidate, and leave the results where the build of the marts reads them.

    They are written in one transaction: a task that is cut off leaves nothing, and one that runs again
    replaces what it wrote. The marts hold what they take from it, so it is rolled back with them.

    Returns:
        Figures: models that were tried, customers with predictions.
    """
    with candidates.adding(warehouse, "predictions") as connection:
        candidates.current(connection, release_id)
        began = time.monotonic()
        with progress.step("Predicting", unit="customers") as step:
            terms = tables.read_terms(connection)
            base = tables.read_base(connection, terms)
            found = predict(base, _asked(terms))
            fits = fit_rows(found)
            with connection.transaction():
                _write(connection, release_id, base, found, fits)
                _remember(connection, release_id, terms, fits, time.monotonic() - began)
            step.advance(len(base.now.history))
        if len(base.now.history):
            _judge(connection, release_id, found)
    return {"models": len(fits), "customers": len(base.now.history) if found.scores else 0}


def _asked(terms: tables.BuildTerms) -> Terms:
    return Terms.with_unit(
        tables.DAYS_PER_UNIT,
        churn_days=terms.churn_days,
        annual_discount=terms.annual_discount,
        lifetime_years=terms.lifetime_years,
        segment_repeaters=terms.segment_repeaters,
    )


def _write(connection: Connection, release_id: int, base: Base, found: Prediction, fits: list[Row]) -> None:
    tables.clear(connection)
    tables.write_rows(connection, "run", [{"release_id": release_id}])
    tables.write_rows(connection, "fits", fits)
    tables.write_rows(connection, "segments", segment_rows(found, base.segment_names))
    tables.write_rows(connection, "holdout", holdout_rows(found))
    if found.churn:
        tables.write_rows(connection, "churn", churn_rows(found.churn))
    if found.scores:
        tables.write(connection, "customers", {"customer_id": base.now.customer} | vars(found.scores))


def _remember(
    connection: Connection, release_id: int, terms: tables.BuildTerms, fits: list[Row], seconds: float
) -> None:
    """Keep the fits in the audit, which outlives the release; the seconds are those of all of them."""
    connection.cursor().executemany(
        """
        insert into audit.value_model_runs (
            release_id, as_of_date, model, parameters, log_likelihood, customers, time_unit,
            calibration_start, calibration_end, holdout_end, is_selected, seconds, message
        )
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            (
                release_id,
                terms.as_of_date,
                row["model"],
                tables.plain(row["parameters"]),
                row["log_likelihood"],
                row["customers"],
                row["time_unit"],
                terms.calibration_start,
                terms.calibration_end,
                terms.as_of_date,
                row["is_selected"],
                seconds,
                row["note"],
            )
            for row in fits
        ],
    )


def _judge(connection: Connection, release_id: int, found: Prediction) -> None:
    """Warn where no model goes live; the marts then have none of its predictions."""
    if found.why_not:
        progress.note(f"No predictions in this release: {found.why_not}")
    for fitted in (found.fit, found.spend):
        if fitted and fitted.note:
            progress.note(fitted.note)
    check = Check(RULE, None, "warning", not found.why_not, int(bool(found.why_not)), found.why_not)
    record_checks(connection, release_id, [check])

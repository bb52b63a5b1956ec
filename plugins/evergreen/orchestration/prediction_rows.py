"""What the value models found, as rows of the tables in schema `predictions`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from evergreen.orchestration.prediction_tables import DAYS_PER_UNIT, SIGNALS, TIME_UNIT
from evergreen.valuation.churn_report import ChurnReport
from evergreen.valuation.fitting import PurchaseFit
from evergreen.valuation.prediction import Prediction
from evergreen.valuation.selection import Trial
from evergreen.valuation.spend_fitting import SpendFit

Row = dict[str, Any]


def fit_rows(found: Prediction) -> list[Row]:
    """Return a row per model, the best purchase model first, the spend model last."""
    rows = [_purchase_row(rank, trial, found) for rank, trial in enumerate(found.trials, start=1)]
    if found.calibrated_spend:
        rows.append(_fit_row(found.calibrated_spend, found.spend))
    return rows


def segment_rows(found: Prediction, names: Sequence[str]) -> list[Row]:
    """Return a row per known segment; `names` are those of the numbers from 1 on."""
    tried = found.segments
    if tried is None:
        return []
    live = found.fits.own if found.fits else {}
    return [
        {
            "segment": names[report.number - 1],
            "model": tried.fits.whole.model.name,
            "customers": report.customers,
            "repeat_customers": report.repeaters,
            "holdout_log_likelihood": report.log_likelihood,
            "holdout_log_likelihood_of_all": report.log_likelihood_of_all,
            "holdout_total_predicted": report.total_predicted,
            "holdout_total_predicted_of_all": report.total_predicted_of_all,
            "holdout_total_actual": report.total_actual,
        }
        | _parameters_of(tried.fits.own.get(report.number), "parameters")
        | _parameters_of(live.get(report.number), "live_parameters")
        for report in tried.reports
    ]


def holdout_rows(found: Prediction) -> list[Row]:
    """Return a row per model and number of repeat occasions in the calibration period."""
    return [
        {
            "model": trial.fit.model.name,
            "frequency": int(frequency),
            "customers": int(customers),
            "actual_mean": float(actual),
            "predicted_mean": float(predicted),
        }
        for trial in found.trials
        for frequency, customers, actual, predicted in zip(*asdict(trial.holdout.bins).values(), strict=True)
    ]


def churn_rows(churn: ChurnReport) -> list[Row]:
    """Return a row per decile of foretold churn, the least in danger first."""
    shared = {
        "model": churn.model,
        "horizon_days": churn.horizon * DAYS_PER_UNIT,
        "auc": churn.area,
        "brier": churn.brier,
        "rule_auc": churn.rule_area,
        "rule_brier": churn.rule_brier,
        "adjustment": _adjustment(churn),
    }
    deciles = zip(*asdict(churn.deciles).values(), churn.lead, strict=True)
    return [
        shared
        | {
            "decile": number,
            "customers": int(customers),
            "predicted_rate": float(predicted),
            "actual_rate": float(actual),
            "lead_days": float(lead) * DAYS_PER_UNIT,
        }
        for number, (customers, predicted, actual, lead) in enumerate(deciles, start=1)
    ]


def _purchase_row(rank: int, trial: Trial, found: Prediction) -> Row:
    report, is_live = trial.holdout, trial is found.live
    return _fit_row(trial.fit, found.fit if is_live else None) | {
        "holdout_rank": rank,
        "is_by_segment": bool(is_live and found.fits and found.fits.own),
        "shows_dropout": trial.fit.shows_dropout,
        "holdout_log_likelihood": report.log_likelihood,
        "holdout_correlation": report.correlation,
        "holdout_mae": report.mean_absolute_error,
        "holdout_mae_zero": report.mean_absolute_error_of_zero,
        "holdout_rmse": report.root_mean_square_error,
        "holdout_rmse_own_rate": report.root_mean_square_error_of_own_rate,
        "holdout_total_predicted": report.total_predicted,
        "holdout_total_actual": report.total_actual,
    }


def _fit_row(fit: PurchaseFit | SpendFit, live: PurchaseFit | SpendFit | None) -> Row:
    row: Row = {
        "model": fit.model.name,
        "parameters": _parameters(fit),
        "log_likelihood": fit.log_likelihood,
        "customers": fit.customers,
        "is_selected": live is not None,
        "is_fallback": fit.is_fallback,
        "time_unit": TIME_UNIT,
        "note": (live or fit).note or None,
    }
    if live:
        row |= {
            "live_model": live.model.name,
            "live_parameters": _parameters(live),
            "live_log_likelihood": live.log_likelihood,
            "live_customers": live.customers,
        }
    return row


def _parameters(fit: PurchaseFit | SpendFit) -> Row:
    """Return estimate and 95 % interval by parameter; without an interval where none was estimated."""
    rows: dict[str, Row] = {name: {"estimate": _shown(value)} for name, value in asdict(fit.model).items()}
    for name, (low, high) in fit.parameters.interval().items():
        if math.isfinite(low) and math.isfinite(high):
            rows.setdefault(name, {}).update(low=_shown(low), high=_shown(high))
    return rows


def _parameters_of(fit: PurchaseFit | None, column: str) -> Row:
    return {column: _parameters(fit)} if fit else {}


def _adjustment(churn: ChurnReport) -> Row | None:
    if churn.adjustment is None:
        return None
    found = churn.adjustment
    names = ("intercept", "slope", *SIGNALS)
    values = (found.intercept, found.slope, *found.effects)
    return {name: _shown(value) for name, value in zip(names, values, strict=True)}


def _shown(value: float) -> float:
    """Return a parameter to six digits: a search for a maximum settles no more of them."""
    return float(f"{value:.6g}")

"""How well churn was foretold at the end of the calibration period, beside a rule that needs no model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evergreen.valuation.arrays import Flags, Floats
from evergreen.valuation.base import Holdout
from evergreen.valuation.churn import Reliability, area_under_curve, brier_score, reliability
from evergreen.valuation.churn_adjustment import Adjustment, adjusted_out_of_sample, can_tell, is_better


@dataclass(frozen=True)
class ChurnReport:
    """Foretold against actual churn (no occasion in the horizon) by decile of what was foretold.

    model: its name.
    rule_…: the same figures of the rule that whoever has been silent for the churn horizon has left.
    lead (deciles,): time by which the rule comes later, mean over those who left; NaN where nobody did.
    adjustment: what signals of dissatisfaction add; None where they do not improve the holdout.
    """

    model: str
    horizon: float
    deciles: Reliability
    lead: Floats
    area: float
    brier: float
    rule_area: float
    rule_brier: float
    adjustment: Adjustment | None


def report_churn(model: str, churn: Floats, holdout: Holdout, churn_horizon: float) -> ChurnReport:
    """Judge probabilities (n,) of no order within the horizon, by a model fitted to the calibration period.

    A holdout shorter than the horizon shortens that: `holdout.within(churn_horizon)`.
    """
    history = holdout.customers.history
    horizon = holdout.within(churn_horizon)
    happened: Flags = holdout.wait > horizon
    adjustment, foretold = None, churn
    if can_tell(holdout.signals, happened):
        adjusted = adjusted_out_of_sample(churn, holdout.signals, happened)
        if is_better(adjusted, churn, happened):
            adjustment, foretold = Adjustment.fit(churn, holdout.signals, happened), adjusted
    silence = history.age - history.recency
    by_rule = (silence >= churn_horizon).astype(np.float64)
    deciles = reliability(foretold, happened)
    lead = np.where(happened, np.maximum(churn_horizon - silence, 0.0), np.nan)
    return ChurnReport(
        model=model,
        horizon=horizon,
        deciles=deciles,
        lead=_means_where_known(lead[np.argsort(foretold, kind="stable")], deciles.customers),
        area=area_under_curve(foretold, happened),
        brier=brier_score(foretold, happened),
        rule_area=area_under_curve(by_rule, happened),
        rule_brier=brier_score(by_rule, happened),
        adjustment=adjustment,
    )


def _means_where_known(values: Floats, sizes: Floats) -> Floats:
    """Return the means (groups,) of values (n,) that are not NaN, by consecutive groups."""
    parts = np.split(values, np.cumsum(sizes).astype(int)[:-1])
    known = [part[~np.isnan(part)] for part in parts]
    return np.array([part.mean() if len(part) else np.nan for part in known])

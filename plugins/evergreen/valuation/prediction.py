"""From histories to predictions: the model that does best on the holdout is fitted to everything."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evergreen.valuation.arrays import Floats
from evergreen.valuation.base import Base
from evergreen.valuation.bg_nbd import BGNBD
from evergreen.valuation.churn_report import ChurnReport, report_churn
from evergreen.valuation.customers import Customers
from evergreen.valuation.errors import NotIdentifiedError
from evergreen.valuation.fitting import PurchaseFit, fit_or_fallback
from evergreen.valuation.scoring import Scores, Terms, score
from evergreen.valuation.selection import Trial, try_models
from evergreen.valuation.spend_fitting import SpendFit, fit_spend_or_fallback

NO_HOLDOUT = "no customer bought early enough to be judged by what came after"


@dataclass(frozen=True)
class Prediction:
    """What came of the models.

    trials: fits to the calibration period with their reports, best first; calibrated_spend: the spend model
    fitted to the same period.
    live: the trial whose model goes live; fit, spend: of what goes live, to the whole history; scores: by
    these, of all customers. None where no model does better than each customer's own rate; why_not says so.
    churn: how well the model that warns of churn did; None where none may warn.
    """

    trials: list[Trial]
    calibrated_spend: SpendFit | None = None
    live: Trial | None = None
    fit: PurchaseFit | None = None
    spend: SpendFit | None = None
    scores: Scores | None = None
    churn: ChurnReport | None = None
    why_not: str = ""


def predict(base: Base, terms: Terms) -> Prediction:
    """Predict for all customers as they are now.

    Models are ranked by their log-likelihood of the holdout. The first one goes live that does no worse than
    each customer's own rate; none does where all are worse, or nothing can be judged. Warnings of churn and
    probabilities of being alive are never BG/NBD's, which calls all who bought once alive.
    """
    holdout = base.holdout
    if holdout is None or not len(holdout.customers.history):
        return Prediction([], why_not=NO_HOLDOUT)
    trials = try_models(holdout.customers.history, holdout.orders, holdout.length)
    tried = Prediction(trials, _spend(holdout.customers))
    good = [trial for trial in trials if trial.holdout.beats_own_rate]
    if not good:
        return replace(tried, why_not=_worse_than_own_rates(trials[0]))
    live = good[0]
    fit, spend = _refit(live, base), _spend(base.now)
    warning = next((trial for trial in good if not isinstance(trial.fit.model, BGNBD)), None)
    churn = report_churn(warning.fit.model, holdout, terms.churn_horizon) if warning else None
    warner = fit if warning is live else _refit(warning, base) if warning else None
    scores = replace(score(fit, spend, base.now, terms), **_foretold(warner, churn, base, terms))
    return replace(tried, live=live, fit=fit, spend=spend, scores=scores, churn=churn)


def _refit(trial: Trial, base: Base) -> PurchaseFit:
    return fit_or_fallback(type(trial.fit.model), base.now.history)


def _foretold(
    fit: PurchaseFit | None, churn: ChurnReport | None, base: Base, terms: Terms
) -> dict[str, Floats]:
    """Return the columns of the scores that warn; NaN where no model may."""
    if fit is None or churn is None:
        return dict.fromkeys(("probability_alive", "churn_probability"), np.full(len(base.signals), np.nan))
    distinct, place = base.now.history.distinct()
    leaving = fit.model.probability_no_order(distinct, terms.churn_horizon)[place]
    if churn.adjustment:
        leaving = churn.adjustment.of(leaving, base.signals)
    return {"probability_alive": fit.model.probability_alive(distinct)[place], "churn_probability": leaving}


def _spend(customers: Customers) -> SpendFit | None:
    try:
        return fit_spend_or_fallback(customers.valued_orders, customers.mean_value)
    except NotIdentifiedError:
        return None


def _worse_than_own_rates(trial: Trial) -> str:
    report = trial.holdout
    return (
        f"{trial.fit.model.name}, the best of the models, misses the orders of the holdout by "
        f"{report.root_mean_square_error:.4g} (root mean square), each customer's own rate by "
        f"{report.root_mean_square_error_of_own_rate:.4g}"
    )

"""From histories to predictions: the model that does best on the holdout is fitted to everything."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evergreen.valuation.arrays import Floats, Ints, Rows
from evergreen.valuation.base import Base, Holdout
from evergreen.valuation.bg_nbd import BGNBD
from evergreen.valuation.churn_report import ChurnReport, report_churn
from evergreen.valuation.customers import Customers
from evergreen.valuation.errors import NotIdentifiedError
from evergreen.valuation.fitting import PurchaseFit, fit_or_fallback
from evergreen.valuation.history import History
from evergreen.valuation.purchase_model import PurchaseModel
from evergreen.valuation.scoring import Scores, Terms, score_segments
from evergreen.valuation.segment_trial import SegmentTrial, try_segments
from evergreen.valuation.segments import UNKNOWN, SegmentFits, fit_segments
from evergreen.valuation.selection import Trial, try_models
from evergreen.valuation.spend_fitting import SpendFit, fit_spend_or_fallback

NO_HOLDOUT = "no customer bought early enough to be judged by what came after"


@dataclass(frozen=True)
class Prediction:
    """What came of the models.

    trials: fits to the calibration period with their reports, best first; calibrated_spend: the spend model
    fitted to the same period.
    live: the trial whose model goes live; segments: what came of fitting it by segment, None where there are
    none; fits, spend: of what goes live, to the whole history; scores: by these, of all customers. None where
    no model does better than each customer's own rate; why_not says so.
    churn: how well the model that warns of churn did; None where none may warn.
    """

    trials: list[Trial]
    calibrated_spend: SpendFit | None = None
    live: Trial | None = None
    segments: SegmentTrial | None = None
    fits: SegmentFits | None = None
    spend: SpendFit | None = None
    scores: Scores | None = None
    churn: ChurnReport | None = None
    why_not: str = ""

    @property
    def fit(self) -> PurchaseFit | None:
        """The live fit of all customers."""
        return self.fits.whole if self.fits else None


def predict(base: Base, terms: Terms) -> Prediction:
    """Predict for all customers as they are now.

    Models are ranked by their log-likelihood of the holdout. The first one goes live that does no worse than
    each customer's own rate; none does where all are worse, or nothing can be judged. It goes live by segment
    where that makes the holdout likelier than chance explains. Warnings of churn and probabilities of being
    alive are never BG/NBD's, which calls all who bought once alive.
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
    spend = _spend(base.now)
    chosen = _Chosen.of(live, base, holdout, terms)
    scores = score_segments(chosen.fits, _segment(base), spend, base.now, terms)
    told = replace(tried, live=live, segments=chosen.segments, fits=chosen.fits, spend=spend, scores=scores)
    warning = next((trial for trial in good if not isinstance(trial.fit.model, BGNBD)), None)
    if warning is None:
        unknown = np.full(len(base.signals), np.nan)
        return replace(told, scores=replace(scores, probability_alive=unknown, churn_probability=unknown))
    if warning is not live:
        chosen = _Chosen.of(warning, base, holdout, terms)
        scores = replace(scores, **_foretold(chosen, base, terms))
    churn = _judge_churn(chosen.calibrated, holdout, terms)
    if churn.adjustment:
        adjusted = churn.adjustment.of(scores.churn_probability, base.signals)
        scores = replace(scores, churn_probability=adjusted)
    return replace(told, scores=scores, churn=churn)


@dataclass(frozen=True)
class _Chosen:
    """A model that did well in the holdout: what was calibrated, and what is fitted to the whole history."""

    calibrated: SegmentFits
    segments: SegmentTrial | None
    fits: SegmentFits

    @classmethod
    def of(cls, trial: Trial, base: Base, holdout: Holdout, terms: Terms) -> _Chosen:
        """Fit to the whole history, by segment where that did better in the holdout."""
        whole = fit_or_fallback(type(trial.fit.model), base.now.history)
        fewest = terms.segment_repeaters
        segments = None if fewest is None else try_segments(trial.fit, holdout, fewest)
        if fewest is None or segments is None or not segments.is_better:
            return cls(SegmentFits(trial.fit), segments, SegmentFits(whole))
        fits = fit_segments(whole, base.now.history, _segment(base), fewest_repeaters=fewest)
        return cls(segments.fits, segments, fits)


def _segment(of: Base | Holdout) -> Ints:
    if of.segment is not None:
        return of.segment
    customers = of.now if isinstance(of, Base) else of.customers
    return np.full(len(customers.history), UNKNOWN)


def _leaving(fits: SegmentFits, segment: Ints, history: History, horizon: float) -> Floats:
    def answer(model: PurchaseModel, rows: Rows) -> Floats:
        distinct, place = history[rows].distinct()
        return model.probability_no_order(distinct, horizon)[place]

    return fits.each(segment, answer)


def _judge_churn(fits: SegmentFits, holdout: Holdout, terms: Terms) -> ChurnReport:
    horizon = holdout.within(terms.churn_horizon)
    churn = _leaving(fits, _segment(holdout), holdout.customers.history, horizon)
    return report_churn(fits.whole.model.name, churn, holdout, terms.churn_horizon)


def _foretold(warner: _Chosen, base: Base, terms: Terms) -> dict[str, Floats]:
    """Return the columns of the scores that warn, by a model whose orders are not live."""
    segment, history, fits = _segment(base), base.now.history, warner.fits
    alive = fits.each(segment, lambda model, rows: model.probability_alive(history[rows]))
    leaving = _leaving(fits, segment, history, terms.churn_horizon)
    return {"probability_alive": alive, "churn_probability": leaving}


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

"""Choosing a model by what it said of a period it had not seen."""

from __future__ import annotations

from dataclasses import dataclass

from evergreen.valuation.arrays import Floats
from evergreen.valuation.bg_nbd import BGNBD
from evergreen.valuation.errors import NotIdentifiedError
from evergreen.valuation.evaluation import HoldoutReport, evaluate
from evergreen.valuation.fitting import PurchaseFit, fit, fit_or_fallback
from evergreen.valuation.history import History
from evergreen.valuation.modified_bg_nbd import ModifiedBGNBD
from evergreen.valuation.pareto_nbd import ParetoNBD
from evergreen.valuation.purchase_model import PurchaseModel

MODELS: tuple[type[PurchaseModel], ...] = (ParetoNBD, ModifiedBGNBD, BGNBD)


_DIGITS = 2  # of a log-likelihood; models closer than that are one, and the first named stands for it


@dataclass(frozen=True)
class Trial:
    """A model fitted to the calibration period, and its report on the holdout."""

    fit: PurchaseFit
    holdout: HoldoutReport


def try_models(
    calibration: History,
    actual: Floats,
    horizon: float,
    models: tuple[type[PurchaseModel], ...] = MODELS,
) -> list[Trial]:
    """Fit each model to the calibration histories (n,), judge it by the occasions (n,) of the horizon after.

    Best first, by log-likelihood of the holdout. Models that cannot be fitted are left out; if none can be,
    the fallback stands alone.
    """
    fits = []
    for kind in models:
        try:
            fits.append(fit(kind, calibration))
        except NotIdentifiedError:
            continue
    fits = fits or [fit_or_fallback(models[0], calibration)]
    trials = [Trial(one, evaluate(one.model, calibration, actual, horizon)) for one in fits]
    return sorted(trials, key=lambda trial: -round(trial.holdout.log_likelihood, _DIGITS))

"""Probabilities of churn that also heed signals of dissatisfaction, where these have earned it.

A logistic regression on the model's own log-odds and on the signals (Cox 1958, "Two further applications of a
model for binary regression", Biometrika 45). It is judged by customers it was not fitted to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from evergreen.valuation.arrays import Flags, Floats
from evergreen.valuation.evaluation import exceeds_chance

FOLDS = 5
FEWEST_SIGNALLED = 30
_PENALTY = 1.0  # of effects: as one customer who contradicts, so that a signal few show says little
_LEAST = 1e-12
_STEPS = 50
_DONE = 1e-10


@dataclass(frozen=True)
class Adjustment:
    """Log-odds of churn = intercept + slope · log-odds of the model + signals · effects; effects (k,)."""

    intercept: float
    slope: float
    effects: Floats

    @classmethod
    def fit(cls, churn: Floats, signals: Floats, happened: Flags) -> Adjustment:
        """Fit to probabilities (n,), signals (n, k) and what happened (n,), by penalised Newton's steps."""
        rows = np.column_stack([np.ones(len(churn)), _log_odds(churn), signals])
        penalty = np.array([0.0, 0.0, *np.full(signals.shape[1], _PENALTY)])
        point = np.array([0.0, 1.0, *np.zeros(signals.shape[1])])
        for _ in range(_STEPS):
            fitted = special.expit(rows @ point)
            slope = rows.T @ (happened - fitted) - penalty * point
            curvature = (rows * (fitted * (1.0 - fitted))[:, None]).T @ rows + np.diag(penalty)
            step = np.linalg.lstsq(curvature, slope, rcond=None)[0]
            point = point + step
            if np.abs(step).max() < _DONE:
                break
        return cls(float(point[0]), float(point[1]), point[2:])

    def of(self, churn: Floats, signals: Floats) -> Floats:
        """Return the adjusted probabilities (n,) of probabilities (n,) and signals (n, k)."""
        log_odds = self.intercept + self.slope * _log_odds(churn) + signals @ self.effects
        return np.asarray(special.expit(log_odds))


def adjusted_out_of_sample(churn: Floats, signals: Floats, happened: Flags) -> Floats:
    """Return probabilities (n,), each from a fit to the four fifths of the customers it does not belong to.

    Rows are dealt to the folds in turn: their order must have nothing to do with churn.
    """
    fold = np.arange(len(churn)) % FOLDS
    result = np.empty(len(churn))
    for number in range(FOLDS):
        held, rest = fold == number, fold != number
        fitted = Adjustment.fit(churn[rest], signals[rest], happened[rest])
        result[held] = fitted.of(churn[held], signals[held])
    return result


def is_better(adjusted: Floats, plain: Floats, happened: Flags) -> bool:
    """Tell whether probabilities (n,) beat others in logarithmic loss, by more than chance explains."""
    return exceeds_chance(_log_loss(plain, happened) - _log_loss(adjusted, happened))


def can_tell(signals: Floats, happened: Flags) -> bool:
    """Tell whether enough customers show a signal, and both outcomes occur."""
    shown = int((signals != 0).any(axis=1).sum()) if signals.size else 0
    return shown >= FEWEST_SIGNALLED and 0 < int(happened.sum()) < len(happened)


def _log_odds(probability: Floats) -> Floats:
    return np.asarray(special.logit(np.clip(probability, _LEAST, 1.0 - _LEAST)))


def _log_loss(probability: Floats, happened: Flags) -> Floats:
    likelihood = np.where(happened, probability, 1.0 - probability)
    return -np.log(np.maximum(likelihood, _LEAST))

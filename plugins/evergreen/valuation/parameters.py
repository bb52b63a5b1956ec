"""What a fit knows of its parameters: estimates, their covariance, intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from evergreen.valuation.arrays import Floats

WIDE = float(np.log(1e5))  # how far, in logarithms, a parameter may lie from the data's own scale
_LEAST_INFORMATION = 1e-6
_UNDETERMINED = 3.0  # standard error of a logarithm: an interval of factor 400 to either side


@dataclass(frozen=True)
class ParameterFit:
    """Estimates of parameters above 0, and how well the data determine them.

    names (k); logarithms (k,) of the estimates; covariance (k, k) of the logarithms: the inverse of the
    observed information.
    """

    names: tuple[str, ...]
    logarithms: Floats
    covariance: Floats

    @classmethod
    def unknown(cls, names: tuple[str, ...], logarithms: Floats) -> ParameterFit:
        """Return parameters that were set, not estimated: their covariance is NaN."""
        return cls(names, logarithms, np.full((len(names), len(names)), np.nan))

    def interval(self, level: float = 0.95) -> dict[str, tuple[float, float]]:
        """Return (low, high) by parameter: Wald intervals of the logarithms, hence above 0 and asymmetric."""
        reach = float(special.ndtri((1.0 + level) / 2.0)) * np.sqrt(np.diag(self.covariance))
        with np.errstate(over="ignore"):
            lows, highs = np.exp(self.logarithms - reach), np.exp(self.logarithms + reach)
        return {
            name: (float(low), float(high)) for name, low, high in zip(self.names, lows, highs, strict=True)
        }

    @property
    def undetermined(self) -> tuple[str, ...]:
        """Names of parameters of which the data say next to nothing; predictions may still be sound."""
        wide = np.sqrt(np.diag(self.covariance)) > _UNDETERMINED
        return tuple(name for name, is_wide in zip(self.names, wide, strict=True) if is_wide)

    def remark(self, model: str) -> str:
        """Return a line about undetermined parameters, empty if there are none."""
        if not self.undetermined:
            return ""
        return (
            f"{model}: the data leave {', '.join(self.undetermined)} undetermined: "
            "read the predictions, not these parameters."
        )


def covariance(information: Floats) -> Floats:
    """Invert an information matrix (k, k); a direction without information gets a variance beyond all use."""
    values, vectors = np.linalg.eigh(information)
    return np.asarray((vectors / np.maximum(values, _LEAST_INFORMATION)) @ vectors.T, dtype=np.float64)

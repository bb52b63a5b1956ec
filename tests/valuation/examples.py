"""Models and histories that many tests use: the CDNOW estimates, and corners where formulas break."""

from __future__ import annotations

from evergreen.valuation.bg_nbd import BGNBD
from evergreen.valuation.gamma_gamma import GammaGamma
from evergreen.valuation.history import History
from evergreen.valuation.modified_bg_nbd import ModifiedBGNBD
from evergreen.valuation.nbd import NBD
from evergreen.valuation.pareto_nbd import ParetoNBD

PARETO = ParetoNBD(r=0.55, alpha=10.58, s=0.61, beta=11.67)
BG = BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
MODIFIED = ModifiedBGNBD(r=0.525, alpha=6.183, a=0.891, b=1.614)
PLAIN = NBD(r=0.385, alpha=12.07)
WITH_DROPOUT = [PARETO, BG, MODIFIED]
ALL = [*WITH_DROPOUT, PLAIN]
SPEND = GammaGamma(p=6.25, q=3.74, gamma=15.44)

# No repeat, some, recent, long silent, a heavy buyer, again on the same day, no time passed, 30 years.
ORDINARY = History.of(
    frequency=[0, 2, 5, 5, 26, 3, 0, 4, 1],
    recency=[0, 30.43, 38.5, 3, 30.86, 0, 0, 9000, 0.14],
    age=[38.86, 38.86, 38.86, 39, 31, 20, 0, 10957, 10957],
)
# 10,000 repeat orders: alive, silent for a year, silent from the first days on; all in 30 years of days
HEAVY = History.of([10_000] * 3, [10_950, 10_600, 1], [10_957] * 3)
# Beside the usual parameters: nearly equal customers, nearly no dropout, nearly sure dropout, wild spread.
EXTREME = [
    ParetoNBD(1e4, 1e5, 1e4, 1e7),
    ParetoNBD(1e-3, 1e-3, 1e-3, 1e-3),
    ParetoNBD(0.5, 1e-4, 5.0, 1e5),
    ParetoNBD(0.5, 1e5, 5.0, 1e-4),
    BGNBD(1e4, 1e5, 1e4, 1e5),
    BGNBD(1e-3, 1e-3, 1e-3, 1e-3),
    BGNBD(0.5, 10.0, 1e5, 1e-3),
    BGNBD(0.5, 10.0, 1e-4, 1e5),
    BGNBD(0.5, 10.0, 1.0, 1.0),
    ModifiedBGNBD(1e4, 1e5, 1e4, 1e5),
    ModifiedBGNBD(1e-3, 1e-3, 1e-3, 1e-3),
    ModifiedBGNBD(0.5, 10.0, 1e5, 1e-3),
    NBD(1e4, 1e5),
]

"""BG/NBD: Fader, Hardie & Lee (2005), "Counting your customers the easy way", Marketing Science 24(2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evergreen.valuation.beta_geometric import BetaGeometric


@dataclass(frozen=True)
class BGNBD(BetaGeometric):
    """Customers may stop after a repeat purchase, never after the first.

    Likelihood: eq. 6. P(alive) and expected orders: the paper's eq. 10 and its appendix, without the
    hypergeometric function. Everyone without a repeat purchase is alive with probability 1: no churn warning
    may rest on it.
    """

    name: ClassVar[str] = "bg_nbd"
    may_stop_at_first: ClassVar[bool] = False

"""What the tasks of a load call: land, gate, promote. Each takes all that is pending and says what it did."""

from __future__ import annotations

from dataclasses import asdict

from evergreen.loading import gate as gating
from evergreen.loading import landing, promotion
from evergreen.settings import activation
from evergreen.sources import registry
from evergreen.warehouse.connections import Warehouse

Summary = dict[str, int]


def land(source: str, location: str | None = None) -> Summary:
    """Land what the source has to offer.

    Args:
        source: its name.
        location: where it is; default: what this home activated it with, else the definition's own.

    Returns:
        batches, rows, rejected_batches, rejected_rows, lost_batches.
    """
    place = location or activation().get(source) or None
    return landing.land(Warehouse.open(), registry.load(source), place).summary()


def gate(source: str) -> Summary:
    """Judge the landed batches of the source.

    Returns:
        batches, rows, failing_rows, rejected_batches, lost_batches, warnings.
    """
    return asdict(gating.gate(Warehouse.open(), registry.load(source)))


def promote(source: str) -> Summary:
    """Promote the gated batches of the source.

    Returns:
        batches, received_rows, promoted_rows, unchanged_rows, quarantined_rows, rejected_rows,
        rejected_batches, superseded_versions, lost_batches.
    """
    return asdict(promotion.promote(Warehouse.open(), registry.load(source)))

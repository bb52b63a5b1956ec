"""What the tasks of a load call: land, gate, promote. Each takes all that is pending and says what it did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from evergreen.loading import decisions, landing, ledger, promotion, readmission
from evergreen.loading import gate as gating
from evergreen.loading.decisions import Choice
from evergreen.settings import activation
from evergreen.sources import registry
from evergreen.sources.definition import Source
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


def readmit(batch_ids: Sequence[int], rule: str | None = None, line: int | None = None) -> list[Summary]:
    """Let rows out of quarantine and, with all else that is pending, through the gate as it is now.

    Returns:
        For each batch: readmitted_batch; batch_id, rows and unreadable_rows of `readmission.Readmitted`;
        promoted_rows, unchanged_rows, quarantined_rows and rejected_rows of the new batch.
    """
    warehouse = Warehouse.open()
    sources: dict[str, Source] = {}
    done = []
    try:
        for number in batch_ids:
            with warehouse.connect("loader") as connection:
                name = decisions.find_held(connection, number).source
            source = sources.setdefault(name, registry.load(name))
            done.append((number, readmission.readmit(warehouse, source, number, Choice(rule, line))))
    finally:  # what is on its way goes on, whatever is wrong with the next
        for source in sources.values():
            gating.gate(warehouse, source)
            promotion.promote(warehouse, source)
    return [
        {"readmitted_batch": number} | asdict(way) | ledger.outcome(warehouse, way.batch_id)
        for number, way in done
    ]

"""Random numbers that depend on the seed and on the subject, not on what else was drawn before."""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, *subject: str | int) -> np.random.Generator:
    """Return the generator of one subject, such as `stream(7, "refunds", chunk)`.

    Each subject has its own, so that a change in one part of the shop leaves the others as they were.
    """
    words = [part if isinstance(part, int) else zlib.crc32(part.encode()) for part in subject]
    return np.random.default_rng([seed, *words])

"""Keyed pseudonyms of customers: the same in Python and in SQL, with nothing but built-in SHA-256.

HMAC-SHA256(key, message) = SHA-256(outer || SHA-256(inner || message)), where inner and outer are the padded
key mixed with two constants (RFC 2104). The two are computed here and travel to the server as parameters.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from psycopg import sql

from evergreen.loading.relations import compose
from evergreen.settings import secrets

LENGTH = 24
"""Hex digits of a pseudonym: 96 bits."""

_BLOCK = 64


@dataclass(frozen=True, slots=True, repr=False)
class Pseudonyms:
    """The key, in the forms that are needed. It has no representation that could end in a log."""

    key: bytes
    inner: bytes
    outer: bytes

    def of(self, namespace: str, identifier: str) -> str:
        """Return the pseudonym of one customer."""
        message = f"{namespace}:{identifier}".encode()
        return hmac.digest(self.key, message, "sha256").hex()[:LENGTH]

    @property
    def salt(self) -> str:
        """What is put before a row when it is hashed: hashes of known rows must not give identifiers away."""
        return hmac.digest(self.key, b"row hash", "sha256").hex()

    @property
    def parameters(self) -> dict[str, bytes]:
        """Parameters that `expression` needs."""
        return {"inner_key": self.inner, "outer_key": self.outer}


def pseudonyms() -> Pseudonyms:
    """Return the pseudonyms of this home's key."""
    return with_key(secrets()["pseudonym_key"])


def with_key(secret: str) -> Pseudonyms:
    """Return the keyed hash of `secret`."""
    key = secret.encode()
    padded = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return Pseudonyms(key, bytes(b ^ 0x36 for b in padded), bytes(b ^ 0x5C for b in padded))


def expression(namespace: sql.Composable, identifier: sql.Composable) -> sql.Composed:
    """Return SQL for the pseudonym of an identifier; run it with `Pseudonyms.parameters`."""
    return compose(
        "substr(encode(sha256({outer} || sha256({inner} || "
        "convert_to({namespace} || ':' || {identifier}, 'UTF8'))), 'hex'), 1, {length})",
        outer=sql.Placeholder("outer_key"),
        inner=sql.Placeholder("inner_key"),
        namespace=namespace,
        identifier=identifier,
        length=sql.Literal(LENGTH),
    )

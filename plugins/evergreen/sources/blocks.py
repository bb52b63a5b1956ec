"""Bytes of a text file, block by block: archives unpacked, encodings settled, nothing held but one block."""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from evergreen.sources.places import PlacedFile
from evergreen.sources.reading import BLOCK_BYTES, BrokenContent

GZIP = b"\x1f\x8b"

POSTGRES_ENCODINGS = {
    "utf-8": "UTF8",
    "utf-8-sig": "UTF8",
    "ascii": "UTF8",
    "iso8859-1": "LATIN1",
    "iso8859-15": "LATIN9",
    "cp1250": "WIN1250",
    "cp1251": "WIN1251",
    "cp1252": "WIN1252",
    "cp1253": "WIN1253",
    "cp1254": "WIN1254",
    "cp1257": "WIN1257",
    "koi8-r": "KOI8R",
}
"""Encodings that go to the server as they are: ASCII keeps its bytes in them. Others are converted here."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the bytes that leave `text_blocks` are encoded, in Python's words and in PostgreSQL's."""

    python: str
    postgres: str
    converted_from: str | None

    @property
    def declared(self) -> str:
        """What the definition says, for messages."""
        return self.converted_from or self.python


def encoding_of(declared: str) -> Encoding:
    """Settle how a declared encoding travels."""
    name = codecs.lookup(declared).name
    if name in POSTGRES_ENCODINGS:
        python = "utf-8" if POSTGRES_ENCODINGS[name] == "UTF8" else name
        return Encoding(python, POSTGRES_ENCODINGS[name], None)
    return Encoding("utf-8", "UTF8", name)


def text_blocks(file: PlacedFile, encoding: Encoding, *, tolerant: bool = False) -> Generator[bytes]:
    """Yield the content of a text file, unpacked, without a byte order mark.

    Args:
        file: plain or gzip, which its first bytes tell.
        encoding: if it is converted, the bytes come in UTF-8.
        tolerant: mark what cannot be converted with bytes that are no UTF-8, instead of raising.

    Raises:
        BrokenContent: the archive is damaged or cut off, or the text is not in the declared encoding; all
            that precedes the damage has been yielded.
    """
    with file.open() as opened:
        blocks = _unpacked(opened, file.address)
        if encoding.converted_from:
            for text in _decoded(blocks, encoding.converted_from, file.address, tolerant=tolerant):
                yield text.encode("utf-8", "surrogatepass")
        else:
            yield from _without_mark(blocks)


def _unpacked(file: BinaryIO, address: str) -> Iterator[bytes]:
    first = file.read(BLOCK_BYTES)
    if not first.startswith(GZIP):
        while first:
            yield first
            first = file.read(BLOCK_BYTES)
        return
    yield from _gunzipped(file, first, address)


def _gunzipped(file: BinaryIO, packed: bytes, address: str) -> Iterator[bytes]:
    """Unpack one or more gzip members; a block that unpacks to more than a block comes in pieces."""
    member = zlib.decompressobj(wbits=31)
    while packed or (packed := file.read(BLOCK_BYTES)):
        if member.eof:
            if not packed.strip(b"\0"):  # padding, as tapes and some tools leave it
                packed = b""
                continue
            member = zlib.decompressobj(wbits=31)
        try:
            block = member.decompress(packed, BLOCK_BYTES)
        except zlib.error:
            raise BrokenContent(f"{address}: the gzip archive is damaged: deliver the file again") from None
        packed = member.unused_data if member.eof else member.unconsumed_tail
        if block:
            yield block
    if not member.eof:
        raise BrokenContent(f"{address}: the gzip archive is cut off: deliver the file again")


def _without_mark(blocks: Iterable[bytes]) -> Iterator[bytes]:
    is_first = True
    for block in blocks:
        yield block.removeprefix(codecs.BOM_UTF8) if is_first else block
        is_first = False


def characters(file: PlacedFile, declared: str, *, tolerant: bool = False) -> Generator[str]:
    """Yield the content of a text file, unpacked and decoded, without a byte order mark.

    Args:
        file: plain or gzip, which its first bytes tell.
        declared: its encoding.
        tolerant: put a lone surrogate in the place of what cannot be decoded, instead of raising.

    Raises:
        BrokenContent: as `text_blocks`.
    """
    with file.open() as opened:
        yield from _decoded(_unpacked(opened, file.address), declared, file.address, tolerant=tolerant)


def _decoded(blocks: Iterable[bytes], encoding: str, address: str, *, tolerant: bool) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("evergreen.mark" if tolerant else "strict")
    is_first = True
    try:
        for block in blocks:
            text = decoder.decode(block)
            yield text.removeprefix("\ufeff") if is_first else text
            is_first = False
        yield decoder.decode(b"", True)
    except UnicodeDecodeError:
        raise BrokenContent(f"{address}: is not {encoding} throughout") from None


def _mark(error: UnicodeError) -> tuple[str, int]:
    """Put a lone surrogate in the place of what cannot be read: no UTF-8 that anybody accepts."""
    assert isinstance(error, UnicodeDecodeError)
    return "\udcff", error.end


codecs.register_error("evergreen.mark", _mark)

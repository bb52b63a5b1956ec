"""File formats: each turns a file into a stream that COPY takes, and has a tolerant way for broken ones."""

from __future__ import annotations

from contextlib import AbstractContextManager

from evergreen.sources.access import FileFormat
from evergreen.sources.definition import Table
from evergreen.sources.formats import blanks, csv_text, json_text, parquet
from evergreen.sources.places import PlacedFile
from evergreen.sources.reading import Stream


def open_file(file: PlacedFile, form: FileFormat, table: Table) -> AbstractContextManager[Stream]:
    """Open a file that is in the given format.

    Raises:
        UnreadableDelivery: it is empty, has no header, or is not in this format at all.
    """
    opener = {
        "csv": csv_text.open_csv,
        "blanks": blanks.open_blanks,
        "parquet": parquet.open_parquet,
        "json": json_text.open_json,
        "jsonl": json_text.open_json,
    }[form.format]
    return opener(file, form, table)

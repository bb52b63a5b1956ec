"""How to get at a table: in files of a format, behind a web address; where the day of a delivery stands."""

from __future__ import annotations

import codecs
import re
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from evergreen.sources.strict import Strict

FormatType = Literal["csv", "blanks", "parquet", "json", "jsonl"]

FORMAT_OF_ENDING: dict[str, FormatType] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}


class FileFormat(Strict):
    """Which files hold the table, and how to read them.

    match: pattern of the path below the source's location, `*`, `?`, `[…]`; compression (`.gz`) is seen
        through, so `*.csv` takes `a.csv` and `a.csv.gz`.
    format: taken from the ending of the pattern if left out.
    delimiter, quote: one ASCII character each; for csv.
    encoding: of text formats, any that Python knows.
    header: whether the first record names the columns; without one the columns come as declared.
    null_text: an unquoted field with this text is NULL; for csv and blanks. Empty fields always are.
    """

    match: str
    format: FormatType = "csv"
    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    header: bool = True
    null_text: str = ""

    @model_validator(mode="before")
    @classmethod
    def _infer(cls, value: Any) -> Any:
        """Let a plain pattern stand for itself, and take the format from its ending."""
        given = {"match": value} if isinstance(value, str) else value
        if not isinstance(given, dict) or not isinstance(given.get("match"), str):
            return given
        ending = next((e for e in FORMAT_OF_ENDING if given["match"].endswith(e)), None)
        if "format" not in given and ending is None:
            raise ValueError(
                f"the format of {given['match']!r} does not show: write {{match: …, format: csv}} or another"
            )
        inferred: dict[str, Any] = {"format": FORMAT_OF_ENDING[ending]} if ending else {}
        if ending == ".tsv":
            inferred["delimiter"] = "\t"
        return inferred | given

    @field_validator("match")
    @classmethod
    def _inside(cls, value: str) -> str:
        if value.startswith("/") or ".." in value.split("/") or value.endswith(".gz"):
            raise ValueError(f"{value!r}: write a pattern below the source's location, without .gz")
        return value

    @field_validator("delimiter", "quote")
    @classmethod
    def _one_character(cls, value: str) -> str:
        if len(value) != 1 or not value.isascii() or value in "\r\n\0":
            raise ValueError(f"{value!r} is not one ASCII character")
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            codecs.lookup(value)
        except LookupError:
            raise ValueError(f"{value!r} is no known encoding: write utf-8, latin-1, cp1252 …") from None
        return value

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.delimiter == self.quote:
            raise ValueError("delimiter and quote are the same")
        return self


class Paging(Strict):
    """How an HTTP table is cut into pages.

    by: `number` asks for page `first`, `first` + 1 … until one is empty; `link` follows the address found
        under `next` in the answer until there is none.
    """

    by: Literal["number", "link"] = "number"
    parameter: str = "page"
    first: int = 1
    size_parameter: str | None = "page_size"
    size: int = Field(default=500, ge=1, le=100_000)
    next: str = "next"


class HttpTable(Strict):
    """Where a table is on an HTTP source.

    path: below the base URL.
    parameters: sent with every request.
    items: key under which an answer holds its rows, dots for deeper ones; None where the answer is the list.
    paging: None where one answer holds all.
    since: parameter that takes the high-water mark less the look-back, as ISO 8601; None reads everything.
    """

    path: str
    parameters: dict[str, str] = Field(default_factory=dict)
    items: str | None = "items"
    paging: Paging | None = Paging()
    since: str | None = None


class HttpAccess(Strict):
    """How to get at an HTTP source; secrets come from a connection or the environment, never from here.

    token_connection: Airflow connection whose password is the bearer token.
    token_environment: environment variable that holds the bearer token.
    """

    token_connection: str | None = None
    token_environment: str | None = None
    timeout_seconds: float = Field(default=30, gt=0)
    attempts: int = Field(default=5, ge=1, le=20)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.token_connection and self.token_environment:
            raise ValueError("give token_connection or token_environment, not both")
        return self


class DeliveredOn(Strict):
    """Where the day of a delivery stands."""

    source: Literal["file_name"] = Field(alias="from", default="file_name")
    pattern: str = r"\d{4}-\d{2}-\d{2}"
    date_format: str = "%Y-%m-%d"

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"{value!r} is no regular expression ({error})") from None
        return value

"""Simulated shops, read back."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import psycopg


class Folder:
    """A simulated shop in a folder, its tables as data frames."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Return `shop/orders`, `truth/lives` …; moments and days are read as such."""
        if name not in self._read:
            frame = pd.read_csv(self.path / f"{name}.csv", keep_default_na=False, na_values=[""])
            for column in frame.columns[
                frame.columns.str.contains("_at$|_on$|^quarter$|_month$|_date$|_since$")
            ]:
                frame[column] = pd.to_datetime(frame[column])
            self._read[name] = frame
        return self._read[name]

    def surveys(self, kind: str) -> pd.DataFrame:
        """Return all responses or answers, the latest version of each."""
        if kind not in self._read:
            self._read[kind] = survey_rows(self.path / "surveys", kind)
        return self._read[kind]


def survey_rows(folder: Path, kind: str) -> pd.DataFrame:
    """Read a survey folder as the warehouse would: of a response the version of the latest file."""
    frames = []
    for path in sorted((folder / kind).glob(f"{kind}-*")):
        if path.suffix == ".json":
            frames.append(pd.read_json(path, dtype=False, convert_dates=False))
        else:
            frames.append(pd.read_csv(path, keep_default_na=False, na_values=[""]))
    rows = pd.concat([frame.astype(object) for frame in frames], ignore_index=True)
    rows = rows.where(rows.notna(), None)
    key = ["response_id"] if kind == "responses" else ["response_id", "item_code"]
    for column in (
        "score",
        "expectation_score",
        "importance",
        "need_score",
        "response_id",
        "order_id",
        "contact_id",
    ):
        if column in rows:
            rows[column] = pd.to_numeric(rows[column])
    for column in ("invited_at", "submitted_at", "updated_at"):
        if column in rows:
            rows[column] = pd.to_datetime(rows[column])
    return rows.drop_duplicates(key, keep="last").sort_values(key, ignore_index=True)


def rows_of(url: str, query: str) -> list[tuple[object, ...]]:
    """Return what a query finds."""
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()

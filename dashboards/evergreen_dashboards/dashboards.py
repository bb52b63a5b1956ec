"""Dashboards: rows of charts, and the filters above them, in Superset's own terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from evergreen_dashboards.charts import Chart
from evergreen_dashboards.datasets import FOLDER, Dataset, DefinitionError, Terms, in_words, read

# Names decide the keys, so that an import replaces what an earlier one brought.
_NAMES = UUID("6c1f3c53-6d0e-4f0d-9d0b-6c2b8f7f9f11")
_COLUMNS = 12
_FILTERS = {"segment": "segment", "channel": "acquisition_channel"}


def key(*names: str) -> str:
    """Return the key of a database, dataset, chart or dashboard."""
    return str(uuid5(_NAMES, "/".join(names)))


@dataclass(frozen=True)
class Row:
    """Charts side by side; height in steps of eight pixels, widths in twelfths."""

    height: int
    charts: list[Chart]

    @property
    def widths(self) -> list[int]:
        """How wide each chart is: as it says, or an equal part."""
        widths = [chart.said.get("width", _COLUMNS // len(self.charts)) for chart in self.charts]
        if sum(widths) != _COLUMNS:
            raise DefinitionError(f"{self.charts[0].name}: the row is {sum(widths)} wide, not {_COLUMNS}")
        return widths


@dataclass(frozen=True)
class Dashboard:
    """A dashboard; filters: segment, channel → the dataset whose values are offered."""

    slug: str
    title: str
    about: str
    rows: list[Row]
    filters: dict[str, Dataset]

    @classmethod
    def all(cls, datasets: dict[str, Dataset]) -> list[Dashboard]:
        """Read every file of definition/dashboards/."""
        return [
            cls(
                slug=path.stem,
                title=said["title"],
                about=said["about"],
                rows=[
                    Row(row["height"], [Chart.of(chart, datasets) for chart in row["charts"]])
                    for row in said["rows"]
                ],
                filters={name: datasets[one] for name, one in said.get("filters", {}).items()},
            )
            for path in sorted((FOLDER / "dashboards").glob("*.yml"))
            for said in [read(path)]
        ]

    @property
    def charts(self) -> list[Chart]:
        """All charts, in the order in which they are read."""
        return [chart for row in self.rows for chart in row.charts]

    def asset(self, terms: Terms) -> dict[str, Any]:
        """Return the dashboard as Superset imports it."""
        numbers = {chart.name: number for number, chart in enumerate(self.charts, start=1)}
        return {
            "dashboard_title": self.title,
            "description": self.about,
            "slug": self.slug,
            "uuid": key("dashboard", self.slug),
            "version": "1.0.0",
            "published": True,
            "css": "",
            "position": self._position(numbers),
            "metadata": {
                "color_scheme": "supersetColors",
                "label_colors": _colors(terms),
                "cross_filters_enabled": False,
                "refresh_frequency": 0,
                "filter_bar_orientation": "HORIZONTAL",
                "native_filter_configuration": self._filters(numbers),
            },
        }

    def _position(self, numbers: dict[str, int]) -> dict[str, Any]:
        rows = [f"ROW-{number}" for number in range(len(self.rows) + 2)]
        above = ["ROOT_ID", "GRID_ID"]
        position: dict[str, Any] = {
            "DASHBOARD_VERSION_KEY": "v2",
            "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
            "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": rows, "parents": ["ROOT_ID"]},
            "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": self.title}},
        }
        for name, text in (rows[0], self.about), (rows[-1], self._notes()):
            position[name] = _row(name, [f"MARKDOWN-{name}"], above)
            position[f"MARKDOWN-{name}"] = {
                "type": "MARKDOWN",
                "id": f"MARKDOWN-{name}",
                "children": [],
                "parents": [*above, name],
                "meta": {"code": text, "width": _COLUMNS, "height": 6 + 3 * (text.count("\n") + 1)},
            }
        for name, row in zip(rows[1:-1], self.rows, strict=True):
            ids = [f"CHART-{numbers[chart.name]}" for chart in row.charts]
            position[name] = _row(name, ids, above)
            for own, chart, width in zip(ids, row.charts, row.widths, strict=True):
                position[own] = {
                    "type": "CHART",
                    "id": own,
                    "children": [],
                    "parents": [*above, name],
                    "meta": {
                        "chartId": numbers[chart.name],
                        "uuid": key("chart", self.slug, chart.name),
                        "sliceName": chart.name,
                        "width": width,
                        "height": row.height,
                    },
                }
        return position

    def _notes(self) -> str:
        """Return the notes of the charts as a list, which Superset itself shows nowhere."""
        noted = [chart for chart in self.charts if chart.note and chart.kind != "number"]
        return "\n".join(
            ["**How to read it**", "", *(f"- **{chart.name}**: {chart.note}" for chart in noted)]
        )

    def _filters(self, numbers: dict[str, int]) -> list[dict[str, Any]]:
        """Return the filters; each leaves out the charts whose dataset knows nothing of it."""
        found = []
        for name, dataset in self.filters.items():
            column = _FILTERS[name]
            found.append(
                _filter(name, numbers, [chart for chart in self.charts if column not in chart.dataset.names])
                | {
                    "filterType": "filter_select",
                    "targets": [
                        {
                            "column": {"name": column},
                            "datasetUuid": key("dataset", *dataset.relation, dataset.name),
                        }
                    ],
                    "controlValues": {"multiSelect": True, "enableEmptyFilter": False, "sortAscending": True},
                }
            )
        timeless = [chart for chart in self.charts if not chart.dataset.time]
        if len(timeless) < len(self.charts):
            found.append(
                _filter("period", numbers, timeless)
                | {
                    "filterType": "filter_time",
                    "targets": [{}],
                    "controlValues": {"enableEmptyFilter": False},
                }
            )
        return found


def _filter(name: str, numbers: dict[str, int], excluded: list[Chart]) -> dict[str, Any]:
    return {
        "id": f"NATIVE_FILTER-{name}",
        "type": "NATIVE_FILTER",
        "name": in_words(name),
        "description": "",
        "scope": {"rootPath": ["ROOT_ID"], "excluded": [numbers[chart.name] for chart in excluded]},
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        "cascadeParentIds": [],
    }


def _row(name: str, children: list[str], above: list[str]) -> dict[str, Any]:
    return {
        "type": "ROW",
        "id": name,
        "children": children,
        "parents": above,
        "meta": {"background": "BACKGROUND_TRANSPARENT"},
    }


def _colors(terms: Terms) -> dict[str, str]:
    """Return the colour of every label, however it is written: plain, numbered, or as where a flow ends."""
    colors = dict(terms.colors)
    for name in terms.words:
        for word, label in terms.labels(name).items():
            if in_words(word) in terms.colors:
                colors[label] = colors[f"→ {in_words(word)}"] = terms.colors[in_words(word)]
    return colors

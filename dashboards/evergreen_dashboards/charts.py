"""Charts: what a chart of definition/dashboards/ is called in Superset's own terms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from evergreen_dashboards.datasets import Dataset, DefinitionError, Terms

Params = dict[str, Any]
_NAMING = (
    "x",
    "y",
    "by",
    "from",
    "to",
    "label",
    "rows",
    "columns",
    "size",
    "line",
    "sort",
)  # what they say is a column or metric
_MANY = 10_000  # rows; what a picture can show is far below


@dataclass(frozen=True)
class Chart:
    """A chart as the definition has it; `said` is the rest, which depends on the kind."""

    name: str
    kind: str
    dataset: Dataset
    metrics: list[str] = field(default_factory=list)
    where: list[str] = field(default_factory=list)
    note: str = ""
    said: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, said: dict[str, Any], datasets: dict[str, Dataset]) -> Chart:
        """Read a chart, and make sure that what it names is there.

        Raises:
            DefinitionError: it names a dataset, kind, metric or column that there is not.
        """
        rest = dict(said)
        name, kind, dataset = rest.pop("name"), rest.pop("kind"), datasets[rest.pop("dataset")]
        chart = cls(
            name,
            kind,
            dataset,
            metrics=rest.pop("metrics", []),
            where=rest.pop("where", []),
            note=rest.pop("note", ""),
            said=rest,
        )
        if kind not in KINDS:
            raise DefinitionError(f"{name}: there is no kind of chart {kind}")
        known = dataset.names | dataset.metrics.keys()
        for one in [part for named in _NAMING for part in chart.listed(named)]:
            if one not in known:
                raise DefinitionError(f"{name}: {dataset.name} has no {one}")
        for one in chart.metrics:
            if one not in dataset.metrics:
                raise DefinitionError(f"{name}: {dataset.name} has no metric {one}")
        return chart

    @property
    def viz_type(self) -> str:
        """Superset's name of the kind."""
        return KINDS[self.kind][0]

    def listed(self, part: str) -> list[str]:
        """Return what the chart says of a part, as a list."""
        found = self.said.get(part, [])
        return found if isinstance(found, list) else [found]

    def params(self, terms: Terms) -> Params:
        """Return Superset's parameters of the chart."""
        common: Params = {
            "viz_type": self.viz_type,
            "adhoc_filters": self._filters(),
            "row_limit": self.said.get("limit", _MANY),
            "color_scheme": "supersetColors",
        }
        return common | KINDS[self.kind][1](self, terms)

    def format(self, terms: Terms, metric: str | None = None) -> str:
        """Return the number format of a metric, by default that of the first one."""
        return terms.formats[self.dataset.metrics[metric or self.metrics[0]].kind]

    def _filters(self) -> list[Params]:
        filters: list[Params] = [
            {"clause": "WHERE", "expressionType": "SQL", "sqlExpression": condition}
            for condition in self.where
        ]
        if self.dataset.time:  # what the filter "Period" takes hold of
            filters.append(
                {
                    "clause": "WHERE",
                    "expressionType": "SIMPLE",
                    "operator": "TEMPORAL_RANGE",
                    "subject": self.dataset.time,
                    "comparator": "No filter",
                }
            )
        return filters


def _number(chart: Chart, terms: Terms) -> Params:
    [metric] = chart.metrics
    kind = chart.dataset.metrics[metric].kind
    params: Params = {
        "metric": metric,
        "subtitle": chart.note,
        "subtitle_font_size": 0.16,
        "header_font_size": 0.4 if kind != "time" else 0.3,
        "y_axis_format": chart.format(terms),
    }
    if kind == "time":
        params |= {"force_timestamp_formatting": True, "time_format": chart.format(terms)}
    if kind == "flag":
        params["conditional_formatting"] = [
            {"operator": ">", "targetValue": 0, "colorScheme": "#c62828", "column": metric},
        ]
    return params


def _trend(chart: Chart, terms: Terms) -> Params:
    return {
        "metric": chart.metrics[0],
        "x_axis": chart.dataset.time,
        "time_grain_sqla": "P1M",
        "aggregation": "LAST_VALUE",
        "compare_lag": 1,
        "compare_suffix": "against the month before",
        "show_trend_line": True,
        "start_y_axis_at_zero": True,
        "header_font_size": 0.3,
        "subheader_font_size": 0.15,
        "y_axis_format": chart.format(terms),
        "time_format": "%b %Y",
    }


def _series(chart: Chart, terms: Terms) -> Params:
    """Everything with an x axis: days in their grain, other columns as categories in their order."""
    [x] = chart.listed("x")
    is_time = chart.dataset.is_time(x)
    grain, is_tilted = chart.said.get("grain", "P1M"), chart.said.get("long_labels", False)
    params: Params = {
        "x_axis": x,
        "metrics": chart.metrics,
        "groupby": chart.listed("by"),
        "show_legend": True,
        "legendOrientation": "top",
        "legendType": "scroll",
        "rich_tooltip": True,
        "sort_series_type": "name",
        "sort_series_ascending": True,
        "truncate_metric": True,
        "y_axis_format": chart.format(terms),
        "y_axis_bounds": [None, None],
        "x_axis_title": "" if is_time or is_tilted else x,
        "x_axis_title_margin": 30,
        "y_axis_title_margin": 30,
    }
    if is_time:
        shown = {"P1M": "%b %y", "P3M": "Q%q %y", "P1D": "%d %b"}[grain]
        return params | {
            "time_grain_sqla": grain,
            "x_axis_time_format": shown,
            "tooltipTimeFormat": shown,
        }
    return params | {
        "x_axis_sort": x,
        "x_axis_sort_asc": True,
        "xAxisForceCategorical": True,
        "xAxisLabelInterval": "0",
        "xAxisLabelRotation": 30 if is_tilted else 0,
    }


def _lines(chart: Chart, terms: Terms) -> Params:
    return _series(chart, terms) | {"markerEnabled": True, "markerSize": 5, "truncateYAxis": True}


def _bars(chart: Chart, terms: Terms) -> Params:
    return _series(chart, terms) | {"show_legend": len(chart.metrics) > 1 or bool(chart.listed("by"))}


def _stacked_bars(chart: Chart, terms: Terms) -> Params:
    return _bars(chart, terms) | {"stack": "Stack", "only_total": True}


def _shares(chart: Chart, terms: Terms) -> Params:
    return _stacked_bars(chart, terms) | {"contributionMode": "row", "y_axis_format": ".0%"}


def _curve(chart: Chart, terms: Terms) -> Params:
    return _series(chart, terms) | {
        "seriesType": "bar",
        "metrics_b": chart.listed("line"),
        "groupby_b": [],
        "adhoc_filters_b": chart._filters(),
        "seriesTypeB": "line",
        "markerEnabledB": True,
        "y_axis_format_secondary": chart.format(terms),
    }


def _heatmap(chart: Chart, terms: Terms) -> Params:
    [x], [y] = chart.listed("x"), chart.listed("y")
    return {
        "x_axis": x,
        "groupby": y,
        "metric": chart.metrics[0],
        "normalize_across": "heatmap",
        "sort_x_axis": "alpha_asc",
        "sort_y_axis": "alpha_desc",
        "linear_color_scheme": "schemeTeals",
        "legend_type": "continuous",
        "show_legend": True,
        "show_values": True,
        "y_axis_format": ".0%",
        "xscale_interval": -1,
        "yscale_interval": -1,
        "left_margin": "auto",
        "bottom_margin": "auto",
        "value_bounds": [None, None],
    }


def _sankey(chart: Chart, terms: Terms) -> Params:
    [source], [target] = chart.listed("from"), chart.listed("to")
    return {"source": source, "target": target, "metric": chart.metrics[0]}


def _matrix(chart: Chart, terms: Terms) -> Params:
    [x], [y], [size] = chart.listed("x"), chart.listed("y"), chart.listed("size")
    [label], [by] = chart.listed("label"), chart.listed("by")
    return {
        "x": x,
        "y": y,
        "size": size,
        "entity": label,
        "series": by,
        "max_bubble_size": "25",
        "show_legend": True,
        "legendOrientation": "top",
        "legendType": "scroll",
        "opacity": 0.7,
        "xAxisFormat": chart.format(terms, x),
        "y_axis_format": chart.format(terms, y),
        "tooltipSizeFormat": chart.format(terms, size),
        "x_axis_label": x,
        "y_axis_label": y,
        "x_axis_title_margin": 30,
        "y_axis_title_margin": 40,
        "truncateXAxis": False,
        "truncateYAxis": True,
        "x_axis_bounds": [None, None],
        "y_axis_bounds": [None, None],
    }


def _aggregates(chart: Chart, terms: Terms) -> Params:
    by = chart.listed("by")
    has_order = any(chart.dataset.computed.get(one, "").startswith("case ") for one in by[:1])
    return _table(chart, terms) | {
        "query_mode": "aggregate",
        "groupby": by,
        "metrics": chart.metrics,
        "timeseries_limit_metric": _place(chart.dataset.computed[by[0]]) if has_order else chart.metrics[0],
        "order_desc": not has_order,
    }


def _place(expression: str) -> Params:
    """Return what rows are ordered by where their labels have an order of their own."""
    return {"expressionType": "SQL", "sqlExpression": f"min({expression})", "label": "place"}


def _records(chart: Chart, terms: Terms) -> Params:
    [sort] = chart.listed("sort")
    return _table(chart, terms) | {
        "query_mode": "raw",
        "all_columns": chart.listed("columns"),
        "order_by_cols": [f'["{sort}", false]'],
    }


def _table(chart: Chart, terms: Terms) -> Params:
    formats = chart.said.get("formats", {})
    return {
        "column_config": {name: {"d3NumberFormat": terms.formats[kind]} for name, kind in formats.items()},
        "table_timestamp_format": "%Y-%m-%d",
        "show_cell_bars": False,
        "include_search": False,
        "allow_rearrange_columns": False,
    }


def _pivot(chart: Chart, terms: Terms) -> Params:
    return {
        "groupbyRows": chart.listed("rows"),
        "groupbyColumns": chart.listed("columns"),
        "metrics": chart.metrics,
        "metricsLayout": "COLUMNS",
        "aggregateFunction": "Sum",
        "rowOrder": "key_a_to_z",
        "colOrder": "key_z_to_a",
        "valueFormat": chart.format(terms),
    }


KINDS: dict[str, tuple[str, Callable[[Chart, Terms], Params]]] = {
    # kind → Superset's name, and what makes its parameters
    "aggregates": ("table", _aggregates),
    "bars": ("echarts_timeseries_bar", _bars),
    "curve": ("mixed_timeseries", _curve),
    "heatmap": ("heatmap_v2", _heatmap),
    "lines": ("echarts_timeseries_line", _lines),
    "matrix": ("bubble_v2", _matrix),
    "number": ("big_number_total", _number),
    "pivot": ("pivot_table_v2", _pivot),
    "records": ("table", _records),
    "sankey": ("sankey_v2", _sankey),
    "shares": ("echarts_timeseries_bar", _shares),
    "stacked_bars": ("echarts_timeseries_bar", _stacked_bars),
    "trend": ("big_number", _trend),
}

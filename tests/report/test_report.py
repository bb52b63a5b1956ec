"""The report: complete, sound as HTML and SVG, in both languages, and from nowhere but itself."""

from __future__ import annotations

import re
import time
import xml.dom.minidom
from html.parser import HTMLParser
from pathlib import Path

import pytest

from evergreen.errors import EvergreenError
from evergreen.report import charts
from evergreen.report.charts import Node
from evergreen.report.figures import _QUERIES, Figures, read_figures
from evergreen.report.sections import sections
from evergreen.report.words import STAGES, short, stage
from evergreen.report.write import report, write_report
from evergreen.warehouse.connections import Warehouse
from report.made import ROWS, figures

ALL = [
    "trap",
    "revenue",
    "stages",
    "flows",
    "warnings",
    "cohorts",
    "concentration",
    "satisfaction",
    "quality",
]
_VOID = {"meta", "link", "input", "br"}


class Page(HTMLParser):
    """The elements of a page; complains of those that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def keys(shown: Figures) -> list[str]:
    return [section.key for section in sections(shown)]


def test_every_picture_is_there_and_sound() -> None:
    text = report(figures())
    page = Page(text)
    assert [attributes["id"] for tag, attributes in page.elements if tag == "section"] == ALL
    drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(drawings) == 9
    for drawing in drawings:
        xml.dom.minidom.parseString(drawing)
        assert not re.search(r"\bnan\b|\binf\b|None", drawing)


def test_nothing_is_fetched_and_nothing_runs() -> None:
    page = Page(report(figures()))
    assert not {"script", "iframe", "object", "img", "form"} & {tag for tag, _ in page.elements}
    for tag, attributes in page.elements:
        for name in ("src", "href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:")), tag
        assert not [name for name in attributes if name.startswith("on")]
    assert not re.search(r"url\(|@import|//[a-z]", report(figures()))


def test_each_text_is_there_in_both_languages() -> None:
    page = Page(report(figures()))
    languages = [attributes["lang"] for _, attributes in page.elements[1:] if "lang" in attributes]
    assert len(languages) > 50
    assert languages[::2] == ["en"] * (len(languages) // 2)
    assert languages[1::2] == ["zh"] * (len(languages) // 2)


def test_values_of_sources_stay_texts() -> None:
    text = report(figures())
    assert "<shop>" not in text
    assert "&lt;shop&gt;.orders" in text
    assert "a &lt; b" in text


def test_figures_are_those_that_are_shown() -> None:
    text = report(figures())
    for said in (
        "75 % of it came from those who had bought", "Of 40 customers 10 (25 %)", "11 people ended",
        "10 customers in danger or termination", "1.5 k in all",
        "50 (5.00 %) were held back", "was 71.5 as people count, and 63.2 as their value", "95.0 %",
        "in tenths that cost more than they bring", "位客户所在的十分位入不敷出",
        "chance is not ruled out", "高价值客户",
    ):  # fmt: skip
        assert said in text, said


@pytest.mark.parametrize(
    ("without", "left"),
    [
        (("satisfaction",), [key for key in ALL if key not in ("trap", "satisfaction")]),
        (("stages", "flows"), [key for key in ALL if key not in ("stages", "flows")]),
        (tuple(name for name in ROWS if name != "release"), []),
    ],
)
def test_what_is_not_there_is_left_out(without: tuple[str, ...], left: list[str]) -> None:
    shown = figures(without=without)
    assert keys(shown) == left
    Page(report(shown))


def test_no_trap_no_alarm() -> None:
    calm = [row | {"is_trap": False} for row in ROWS["satisfaction"]]
    assert "trap" not in keys(figures(satisfaction=calm))


def lies_within(drawing: str) -> list[float]:
    """Check that rectangles and texts are within the drawing; return the lines that texts stand on."""
    svg = xml.dom.minidom.parseString(drawing).documentElement
    assert svg
    _, _, width, height = map(float, svg.getAttribute("viewBox").split())
    for one in svg.getElementsByTagName("rect"):
        x, y, wide, tall = (float(one.getAttribute(name)) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + wide <= width
        assert 0 <= y <= y + tall <= height, one.toxml()
    texts = svg.getElementsByTagName("text")
    for one in texts:
        baseline, size = float(one.getAttribute("y")), float(one.getAttribute("font-size"))
        assert size <= baseline <= height - size / 3, one.toxml()
    return [float(one.getAttribute("y")) for one in texts if one.getAttribute("lang") != "zh"]


@pytest.mark.parametrize(
    "flows",
    [
        {("growth", name): 1.0 if name != "growth" else 100_000.0 for name in STAGES},
        {(name, "growth"): 1.0 if name != "growth" else 100_000.0 for name in STAGES},
        {(name, name): 1.0 for name in STAGES} | {("growth", "danger"): 100_000.0},
        {(name, name): 4_000.0 if name == "growth" else 170.0 for name in STAGES},
        {("growth", "danger"): 3.0},
    ],
)
def test_thin_bands_stay_within_the_picture(flows: dict[tuple[str, str], float]) -> None:
    nodes = [Node(name, stage(name), f"stage-{name}") for name in STAGES]
    baselines = lies_within(charts.sankey(stage("growth"), nodes, flows))
    # a name and its number, band by band, for one side after the other
    for name, number, below in zip(baselines[::2], baselines[1::2], [*baselines[2::2], None], strict=True):
        assert name < number
        assert below is None or below <= name or below - number >= 13, "texts on each other"


def test_every_picture_lies_within_its_frame() -> None:
    for drawing in re.findall(r"<svg.*?</svg>", report(figures()), re.DOTALL):
        lies_within(drawing)


def test_who_was_not_known_before_did_not_move() -> None:
    flow = {"month": ROWS["flows"][0]["month"], "opening_stage": "none"}
    known = [flow | {"closing_stage": "prospecting", "customers": 600}]
    known += [flow | {"closing_stage": "socialization", "customers": 14}]
    text = report(figures(flows=ROWS["flows"] + known))
    assert "11 people ended the month" in text
    assert "614 who became known in it stand at the right only" in text
    assert "当月新识别的 614 人仅在右侧" in text
    assert "became known" not in report(figures())
    assert "flows" not in keys(figures(flows=known[:1]))


@pytest.mark.parametrize(
    ("customers", "is_said"), [([1, 1, 1, 1], False), ([1] * 9, False), ([1] * 10, True)]
)
def test_few_customers_have_no_tenths(customers: list[int], is_said: bool) -> None:
    rows = [
        {"decile": decile, "customers": count, "amount": 100, "measure": "profit"}
        for decile, count in enumerate(customers, start=1)
    ]
    text = report(figures(concentration=rows))
    assert ("the first tenth brings" in text) == is_said
    assert ("前十分之一贡献" in text) == is_said
    assert "concentration" in keys(figures(concentration=rows))


@pytest.mark.parametrize(
    ("lines", "estimated", "said"),
    [
        (1000, 350, ("The cost of 350 of 1,000 order lines (35.0 %)", "1,000 条订单行中有 350 条（35.0 %）")),
        (1000, 0, ()),
        (0, 0, ()),
    ],
)
def test_estimated_costs_are_said(lines: int, estimated: int, said: tuple[str, ...]) -> None:
    text = report(figures(costs=[{"lines": lines, "estimated": estimated}]))
    assert ("default_margin_rate" in text) == bool(said)
    for one in said:
        assert one in text


@pytest.mark.parametrize(
    ("value", "expected"), [(0, "0"), (12.34, "12.3"), (1234, "1.23 k"), (-5e6, "-5 M"), (None, "–")]
)
def test_numbers_of_axes_are_short(value: float | None, expected: str) -> None:
    assert short(value) == expected


def test_queries_fit_the_marts_and_take_no_time(empty_marts: Warehouse) -> None:
    """Every query runs on marts of the columns that dbt promises, as the reader."""
    with empty_marts.connect("transformer") as connection:
        connection.execute(
            "insert into audit.releases (release_id, generation, as_of_date, through_promotion, is_live)"
            " values (3, 1, '2026-06-15', 1, true)"
        )
        connection.execute(
            "insert into audit.release_relations (release_id, relation_name, row_count)"
            " values (3, 'customers', 0)"
        )
    began = time.process_time()
    found = read_figures(empty_marts)
    assert time.process_time() - began < 1
    there = {path.stem for path in Path("dbt_project/models/marts").rglob("*.sql")}
    assert set(found.rows) == {name for name, (_, needed) in _QUERIES.items() if there.issuperset(needed)} | {
        "concentration"
    }
    assert "Release 3" in report(found)


def test_what_takes_too_long_is_left_out_and_named(
    empty_marts: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evergreen.report.figures.STATEMENT_MILLISECONDS", 200)
    monkeypatch.setitem(_QUERIES, "stages", ("select pg_sleep(5)", ()))
    found = read_figures(empty_marts)
    assert found.slow == ["stages"]
    assert "Left out, as it took too long: stages" in report(Figures(figures().rows, found.slow))


def test_nothing_published_is_said(warehouse: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(EvergreenError, match="nothing is published yet"):
        write_report(warehouse, tmp_path / "report.html")
    assert not list(tmp_path.iterdir())

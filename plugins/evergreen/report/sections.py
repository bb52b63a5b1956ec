"""The pictures of the report: each with what it shows in a sentence, and nothing where there is nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from itertools import groupby

from evergreen.report import charts
from evergreen.report.charts import Node, Series
from evergreen.report.figures import Figures, Row
from evergreen.report.words import BANDS, OUTSIDE, STAGES, Both, count, month, percent, quarter, short, stage

FEWEST_FOR_TENTHS = 10
"""With fewer customers nothing is said of the first tenth."""


@dataclass(frozen=True)
class Section:
    """A picture.

    key: its anchor on the page.
    says: what it shows, with the figures that matter.
    body: HTML.
    is_alarm: a person has to look at it.
    """

    key: str
    title: Both
    says: Both
    body: str
    is_alarm: bool = False


@dataclass(frozen=True)
class Card:
    """A figure of the head of the page."""

    name: Both
    value: str
    beside: Both


def sections(figures: Figures) -> list[Section]:
    """Return every picture there are figures for, in the order of the page."""
    makers: list[Callable[[Figures], Iterator[Section]]] = [
        _trap, _revenue, _stages, _flows, _warnings, _cohorts, _concentration, _satisfaction, _quality,
    ]  # fmt: skip
    return [section for maker in makers for section in maker(figures)]


def cards(figures: Figures) -> list[Card]:
    """Return the figures of the head: customers, who came and went, revenue."""
    found = []
    latest = _latest_stages(figures)
    if latest:
        inside = sum(row["customers"] for row in latest if row["stage"] not in OUTSIDE)
        known = sum(row["customers"] for row in latest)
        found.append(
            Card(
                Both("customers", "客户"),
                count(inside),
                Both(f"of {count(known)} known", f"已知 {count(known)}"),
            )
        )
    if figures["movements"]:
        last = figures["movements"][0]
        gained = last["new_customers"] + last["recovered_customers"]
        when = month(last["month"])
        lost = count(last["lost_customers"])
        beside = Both(f"{lost} left in {when}", f"{when} 流失 {lost}")
        found.append(Card(Both("new and recovered", "新增与恢复"), f"+{count(gained)}", beside))
        kept = Both(f"of those of the month before, {when}", f"上月客户, {when}")
        found.append(Card(Both("stayed", "保留率"), percent(last["retention_rate"], 1), kept))
    complete = [row for row in figures["revenue"] if row["is_complete"]]
    if complete:
        last = complete[0]
        when = month(last["month"])
        amount = short(last["new"] + last["returning"])
        found.append(
            Card(Both("net revenue", "净收入"), amount, Both(f"of customers in {when}", f"{when} 客户"))
        )
    return found


def _trap(figures: Figures) -> Iterator[Section]:
    rows = figures["satisfaction"]
    if rows and rows[0]["is_trap"]:
        when = quarter(rows[0]["period"])
        sure = rows[0]["is_trap_significant"]
        yield Section(
            "trap",
            Both("Satisfaction trap", "满意度陷阱"),
            Both(
                f"In {when} the mean satisfaction and that of the customers who carry the value moved apart"
                f"{', beyond chance' if sure else '; chance is not ruled out'}: "
                "the average hides what the most valuable customers feel.",
                f"{when} 平均满意度与高价值客户的满意度背离，"
                f"{'超出随机波动' if sure else '尚不能排除随机波动'}。",
            ),
            "",
            is_alarm=True,
        )


def _revenue(figures: Figures) -> Iterator[Section]:
    rows = figures["revenue"][::-1]
    if not rows:
        return
    series = [
        Series(Both("returning customers", "老客户"), "accent", [float(row["returning"]) for row in rows]),
        Series(Both("new customers", "新客户"), "second", [float(row["new"]) for row in rows]),
    ]
    whole = sum(float(row["new"] + row["returning"]) for row in rows) or 1
    back = sum(float(row["returning"]) for row in rows) / whole
    title = Both("Revenue", "收入")
    yield Section(
        "revenue",
        title,
        Both(
            f"Net revenue of customers by month; {percent(back)} of it came from those who had bought in an "
            "earlier month. Guests are not in it, and the last month may not have ended.",
            f"每月客户净收入；其中 {percent(back)} 来自以前月份已购买的客户。"
            "不含游客，最后一个月可能未结束。",
        ),
        charts.legend(series) + charts.stacked(title, [month(row["month"]) for row in rows], series),
    )


def _latest_stages(figures: Figures) -> list[Row]:
    rows = figures["stages"]
    last = max((row["month"] for row in rows), default=None)
    return [row for row in rows if row["month"] == last]


def _stages(figures: Figures) -> Iterator[Section]:
    latest = {row["stage"]: row["customers"] for row in _latest_stages(figures)}
    if not sum(latest.values()):
        return
    months = sorted({row["month"] for row in figures["stages"]})
    known = {(row["month"], row["stage"]): row["customers"] for row in figures["stages"]}
    inside = [name for name in STAGES if name not in OUTSIDE]
    series = [
        Series(stage(name), f"stage-{name}", [float(known.get((day, name), 0)) for day in months])
        for name in inside
    ]
    customers = sum(latest.get(name, 0) for name in inside) or 1
    leaving = latest.get("danger", 0) + latest.get("termination", 0)
    share = percent(leaving / customers)
    title = Both("Lifecycle stages", "生命周期阶段")
    everybody = sum(latest.values())
    bars = charts.ranked(
        title,
        [(stage(name), [float(latest.get(n, 0)) if n == name else 0 for n in STAGES]) for name in STAGES],
        [(stage(name), f"stage-{name}") for name in STAGES],
        [f"{count(latest.get(name, 0))}  ({percent(latest.get(name, 0) / everybody, 1)})" for name in STAGES],
    )
    yield Section(
        "stages",
        title,
        Both(
            f"Of {count(customers)} customers {count(leaving)} ({share}) are in danger or in termination: "
            "these can still be kept. Below, how the stages were filled at the end of each month; those who "
            "have not bought yet or have left are not in it.",
            f"{count(customers)} 位客户中有 {count(leaving)} 位（{share}）处于危险或终止阶段，仍可挽留。"
            "下图为每月末各阶段客户数，不含潜在与中断客户。",
        ),
        bars + charts.legend(series) + charts.stacked(title, [month(day) for day in months], series),
    )


def _flows(figures: Figures) -> Iterator[Section]:
    flows = {
        (row["opening_stage"], row["closing_stage"]): float(row["customers"])
        for row in figures["flows"]
        if not (row["opening_stage"] == row["closing_stage"] and row["opening_stage"] in OUTSIDE)
    }
    # nobody moves out of not being known
    new = sum(amount for (opening, _), amount in flows.items() if opening == "none")
    moved = sum(amount for (opening, closing), amount in flows.items() if opening not in ("none", closing))
    if not sum(flows.values()) - new:
        return
    when = month(figures["flows"][0]["month"])
    beside = (
        Both(
            f" The {count(new)} who became known in it stand at the right only.",
            f"当月新识别的 {count(new)} 人仅在右侧。",
        )
        if new
        else Both("", "")
    )
    title = Both(f"Flows between stages, {when}", f"阶段间流动，{when}")
    nodes = [Node(name, stage(name), f"stage-{name}") for name in STAGES]
    yield Section(
        "flows",
        title,
        Both(
            f"{count(moved)} people ended the month in another stage than they had begun it in. At the left "
            "the stage at the opening, at the right that at the close; who stayed outside is not shown."
            + beside.en,
            f"{count(moved)} 人月末所处阶段与月初不同。左侧为月初阶段，右侧为月末阶段；始终在外者未显示。"
            + beside.zh,
        ),
        charts.sankey(title, nodes, flows),
    )


def _warnings(figures: Figures) -> Iterator[Section]:
    found = {row["band"]: row for row in figures["warnings"]}
    bands = [(name, found[band]) for band, name in BANDS.items() if band in found]
    if not bands:
        return
    warned = sum(row["customers"] for _, row in bands)
    stake = short(sum(row["value_at_stake"] for _, row in bands))
    title = Both("Churn warnings", "流失预警")
    yield Section(
        "warnings",
        title,
        Both(
            f"{count(warned)} customers in danger or termination, by the risk that they do not come back. "
            f"At the end of each bar the value at stake, {stake} in all.",
            f"{count(warned)} 位处于危险或终止阶段的客户，按流失风险分组。"
            f"条末为可能损失的价值，合计 {stake}。",
        ),
        charts.ranked(
            title,
            [(name, [float(row["customers"])]) for name, row in bands],
            [(Both("customers", "客户"), "stage-termination")],
            [f"{count(row['customers'])}  ({short(row['value_at_stake'])})" for _, row in bands],
        ),
    )


def _cohorts(figures: Figures) -> Iterator[Section]:
    rows = figures["cohorts"]
    if not rows:
        return
    names = []
    rates: dict[tuple[int, int], float] = {}
    for i, (cohort, members) in enumerate(groupby(rows, key=lambda row: row["cohort_month"])):
        kept = list(members)
        names.append((month(cohort), count(kept[0]["cohort_customers"])))
        rates |= {
            (i, row["months_since_first"]): float(row["retention_rate"])
            for row in kept
            if row["retention_rate"] is not None
        }
    first = [rate for (_, column), rate in rates.items() if column == 1]
    mean = sum(first) / len(first) if first else None
    title = Both("Cohorts", "同期群")
    columns = max((column for _, column in rates), default=1)
    yield Section(
        "cohorts",
        title,
        Both(
            "Customers by the month of their first order, how many they are, and the percentage that bought "
            "in the first, second … month after it. On average of the cohorts "
            f"{percent(mean)} bought in the month after.",
            "按首单月份分组的客户、人数，以及其后第 1、2……个月的购买比例（%）。"
            f"各组首单次月平均为 {percent(mean)}。",
        ),
        charts.heat_map(title, names, columns, rates),
    )


def _concentration(figures: Figures) -> Iterator[Section]:
    rows = figures["concentration"]
    total = float(sum(row["amount"] or 0 for row in rows))
    if total <= 0:
        return
    is_profit = rows[0]["measure"] == "profit"
    measure = Both("profit", "利润") if is_profit else Both("net revenue", "净收入")
    title = Both(f"Concentration of {measure.en}", f"{measure.zh}集中度")
    series = [Series(measure, "accent", [float(row["amount"] or 0) for row in rows])]
    top = float(rows[0]["amount"] or 0) / total
    losing = sum(row["customers"] for row in rows if (row["amount"] or 0) < 0)
    burden = (
        Both(
            f" {count(losing)} customers are in tenths that cost more than they bring.",
            f"{count(losing)} 位客户所在的十分位入不敷出。",
        )
        if losing
        else Both("", "")
    )
    says = (
        Both(
            "Customers in tenths, from the most valuable to the least: the first tenth brings "
            f"{percent(top)} of the {measure.en}." + burden.en,
            f"按价值从高到低将客户十等分：前十分之一贡献 {percent(top)} 的{measure.zh}。" + burden.zh,
        )
        if sum(row["customers"] for row in rows) >= FEWEST_FOR_TENTHS
        else Both("Customers from the most valuable to the least.", "客户按价值从高到低排列。")
    )
    yield Section(
        "concentration",
        title,
        says,
        charts.stacked(title, [str(row["decile"]) for row in rows], series, height=240),
    )


def _satisfaction(figures: Figures) -> Iterator[Section]:
    rows = figures["satisfaction"][::-1]
    scores = [row for row in rows if row["unweighted_score"] is not None]
    if not scores:
        return
    series = [
        Series(
            Both("mean of respondents", "受访者均值"), "second", [row["unweighted_score"] for row in rows]
        ),
        Series(
            Both("weighted by value", "按价值加权"), "accent", [row["value_weighted_score"] for row in rows]
        ),
    ]
    last = scores[-1]
    title = Both("Satisfaction", "满意度")
    when = quarter(last["period"])
    weighted = last["value_weighted_score"]
    beside = f"{weighted:.1f}" if weighted is not None else "–"
    yield Section(
        "satisfaction",
        title,
        Both(
            f"Score from 0 to 100 by quarter. In {when} it was {last['unweighted_score']:.1f} as people "
            f"count, and {beside} as their value counts, from {count(last['respondents'])} respondents.",
            f"各季度得分（0–100）。{when} 按人数为 {last['unweighted_score']:.1f}，按价值为 {beside}，"
            f"共 {count(last['respondents'])} 位受访者。",
        ),
        charts.legend(series)
        + charts.lines(title, [quarter(row["period"]) for row in rows], series, (0, 100)),
    )


def _quality(figures: Figures) -> Iterator[Section]:
    rows = figures["batches"]
    if not rows:
        return
    parts = ["promoted", "unchanged", "quarantined", "rejected"]
    names = [
        (Both("promoted", "已入库"), "accent"), (Both("unchanged", "无变化"), "third"),
        (Both("quarantined", "隔离"), "stage-termination"), (Both("rejected", "拒收"), "stage-interruption"),
    ]  # fmt: skip
    received = sum(row[part] for row in rows for part in parts)
    held = sum(row["quarantined"] + row["rejected"] for row in rows)
    title = Both("Data quality", "数据质量")
    bars = charts.ranked(
        title,
        [(row["name"], [float(row[part]) for part in parts]) for row in rows],
        names,
        [f"{count(sum(row[part] for part in parts))}  {row['latest']:%Y-%m-%d}" for row in rows],
    )
    series = [Series(name, colour, []) for name, colour in names]
    share = percent(held / received if received else 0, 2)
    yield Section(
        "quality",
        title,
        Both(
            f"All {count(received)} rows received so far, and what became of them: {count(held)} ({share}) "
            "were held back by the gates. At the end of each bar the rows and the day of the last load.",
            f"迄今收到的全部 {count(received)} 行及其去向：{count(held)} 行（{share}）被质量关卡拦下。"
            "条末为行数与最近加载日期。",
        ),
        charts.legend(series) + bars + _checks(figures["checks"]),
    )


def _checks(rows: list[Row]) -> str:
    """Return the checks that did not hold as a table, the gravest first."""
    if not rows:
        return Both("Every check held.", "所有检查均通过。").html("p")
    severities = {
        "critical": Both("held back", "已拦下"),
        "warning": Both("warning", "警告"),
        "info": Both("noted", "提示"),
    }
    head = "".join(
        f"<th>{name.html()}</th>"
        for name in (
            Both("table", "表"),
            Both("rule that did not hold", "未通过的规则"),
            Both("so", "处理"),
            Both("rows", "行数"),
        )
    )
    body = "".join(
        f"<tr><td>{escape(row['subject'])}</td><td><code>{escape(row['rule'])}</code></td>"
        f"<td>{severities.get(row['severity'], Both('', '')).html()}</td>"
        f'<td class="n">{count(row["rows"])}</td></tr>'
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

"""Simulate a shop with its surveys and known truth, into a database or into a folder."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np

from evergreen import progress
from evergreen.errors import EvergreenError
from evergreen.simulator import campaigns, database, market, randomness
from evergreen.simulator.block import Streams, Surveys, simulate_block, study_surveys
from evergreen.simulator.calendar import Calendar
from evergreen.simulator.columns import Columns
from evergreen.simulator.costs import activity_cost_rows, marketing_cost_rows
from evergreen.simulator.instruments import read_items
from evergreen.simulator.presets import preset_named
from evergreen.simulator.products import make_products, product_rows
from evergreen.simulator.request import CUSTOMERS, PRESET, SEED, YEARS, Request
from evergreen.simulator.sinks import DatabaseSink, FolderSink, Sink
from evergreen.simulator.study import make_study
from evergreen.simulator.survey_files import SurveyFolder
from evergreen.simulator.tables import ANSWERS, RESPONSES
from evergreen.simulator.totals import Totals
from evergreen.simulator.truth import shop_truth
from evergreen.simulator.world import World

_BLOCK_CUSTOMERS = 25_000  # simulated at a time: bounds the memory; part of what the seed means


@dataclass(frozen=True)
class Simulated:
    """What was made: the shop's first day and today, customers and orders known today, rows written.

    The rows include those to come.
    """

    first_day: date
    today: date
    customers: int
    orders: int
    rows: int
    seconds: float


def simulate(request: Request, sink: Sink, folder: SurveyFolder) -> Simulated:
    """Simulate what is asked for into a sink and a survey folder, block by block."""
    world = _world(request)
    calendar = world.calendar
    totals = Totals.none(calendar, len(world.programme))
    count = -(-request.customers // _BLOCK_CUSTOMERS)
    orders = 0
    title = f"Simulating {request.customers:,} customers from {calendar.first_day} to {calendar.today}"
    with progress.step(title, total=request.customers, unit="customers") as step:
        for number, part in enumerate(np.array_split(np.arange(request.customers), count)):
            written = sink.rows
            block = simulate_block(world, totals, partial(_stream, request.seed, number), len(part))
            for table, timeline in block.rows.items():
                sink.take(table, timeline)
            _write_surveys(block.surveys, calendar, sink, folder)
            _write_truth(block.truth, sink)
            orders += block.count_orders
            step.advance(len(part), rows=sink.rows - written)
        _write_shop(world, totals, partial(_stream, request.seed, -1), sink, folder)
        step.outcome = f"{orders:,} orders by then (rows count what is to come, and the truth, too)"
    return Simulated(calendar.first_day, calendar.today, request.customers, orders, sink.rows, step.seconds)


def _world(request: Request) -> World:
    calendar, preset = request.calendar(), preset_named(request.preset)
    staff, hired = market.hire(calendar, request.customers)
    return World(
        calendar=calendar,
        preset=preset,
        size=request.customers,
        programme=campaigns.plan(randomness.stream(request.seed, "programme"), calendar, preset),
        products=make_products(calendar),
        staff=staff,
        hired=hired,
        items=read_items(),
    )


def _stream(seed: int, block: int, subject: str) -> np.random.Generator:
    return randomness.stream(seed, subject, block + 1)


def _write_surveys(surveys: Surveys, calendar: Calendar, sink: Sink, folder: SurveyFolder) -> None:
    for kind, timeline, anonymous in (
        (RESPONSES, surveys.responses, False),
        (RESPONSES, surveys.anonymous_responses, True),
        (ANSWERS, surveys.answers, False),
        (ANSWERS, surveys.anonymous_answers, True),
    ):
        folder.append_history(kind, timeline, calendar.known_until, anonymous=anonymous)
        sink.take_coming(kind.name, timeline)


def _write_truth(truth: dict[str, Columns], sink: Sink) -> None:
    for table, rows in truth.items():
        sink.take_truth(table, rows)


def _write_shop(world: World, totals: Totals, streams: Streams, sink: Sink, folder: SurveyFolder) -> None:
    """Write what belongs to no block: products, staff, costs by month, the market, the study."""
    calendar = world.calendar
    rows = {
        **product_rows(world.products, calendar),
        "campaigns": market.campaign_rows(streams("campaigns"), calendar, world.programme, totals),
        "employees": market.employee_rows(streams("staff"), calendar, world.staff, world.hired),
        "activity_costs": activity_cost_rows(streams("activities"), world, totals),
        "marketing_costs": marketing_cost_rows(streams("marketing"), world, totals),
        "market_sizes": market.market_size_rows(streams("market"), calendar, totals),
        "exchange_rates": market.exchange_rate_rows(streams("rates"), calendar),
    }
    for table, timeline in rows.items():
        sink.take(table, timeline)
    surveys = study_surveys(world, *make_study(streams("study"), world))
    _write_surveys(surveys, calendar, sink, folder)
    _write_truth(shop_truth(world, totals), sink)


def simulate_to_folder(  # noqa: PLR0913 - what the command line offers
    out: Path,
    *,
    customers: int = CUSTOMERS,
    years: float = YEARS,
    preset: str = PRESET,
    seed: int = SEED,
    today: date | None = None,
    replace: bool = False,
) -> Simulated:
    """Write `shop/<table>.csv`, `surveys/` and `truth/<table>.csv` below `out`.

    The same arguments give the same files. `years` is the length of the history, which ends on a fixed day;
    `today` (by default that day) cuts what is known.

    Raises:
        EvergreenError: the folder holds a simulated shop already and `replace` is not given, or an argument
            does not fit.
    """
    request = Request(customers, years, preset, seed, today)
    sink = FolderSink(out, request.calendar().known_until)
    _make_room(out, replace=replace)
    with SurveyFolder(out / "surveys").renewed(replace=replace) as surveys:
        sink.begin()
        return simulate(request, sink, surveys)


def _make_room(out: Path, *, replace: bool) -> None:
    old = [out / name for name in ("shop", "truth") if (out / name).exists()]
    if old and not replace:
        raise EvergreenError(f"{old[0]}: is there already: choose another folder, or have it replaced")
    for folder in old:
        shutil.rmtree(folder)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EvergreenError(f"{out}: cannot be made ({error.strerror}): choose another folder") from None


def simulate_into(  # noqa: PLR0913 - what the command line offers
    url: str,
    survey_folder: Path,
    *,
    customers: int = CUSTOMERS,
    years: float = YEARS,
    preset: str = PRESET,
    seed: int = SEED,
    today: date | None = None,
    replace: bool = False,
) -> Simulated:
    """Fill the shop's database at `url` and the survey folder; all or nothing in the database.

    What happens after `today` is kept in schema `simulator` until `live_one_more_day` reveals it.

    Raises:
        EvergreenError: the database or the folder holds a shop already and `replace` is not given, or an
            argument does not fit.
    """
    request = Request(customers, years, preset, seed, today)
    calendar = request.calendar()
    folder = SurveyFolder(survey_folder)
    with database.connected(url) as connection:
        database.make_room(connection, replace=replace)
        with folder.renewed(replace=replace) as surveys:
            simulated = simulate(request, DatabaseSink(connection, calendar.known_until), surveys)
            with progress.step("Adding keys and indexes to the shop's tables"):
                database.finish(connection, calendar, request)
    return simulated

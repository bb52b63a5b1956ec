"""`evergreen erase`: take a customer out of the warehouse, for good."""

from __future__ import annotations

import sys
import time

from evergreen import progress
from evergreen.cli.locks import only_run
from evergreen.cli.terminal import confirm, sink_for
from evergreen.orchestration.outcomes import terminable
from evergreen.settings import activation, settings
from evergreen.sources import registry
from evergreen.warehouse import migrate
from evergreen.warehouse.connections import Warehouse


def erase_customer(customer: str, source: str | None, reason: str | None, *, sure: bool) -> None:
    """Erase a customer, and publish marts without them; see `evergreen erase --help`.

    Args:
        customer: what the source calls them, or the key that the marts show.
        source: whose customer it is; None = `customer` is a key.
        reason: for the record, no personal data.
        sure: do not ask.

    Raises:
        EvergreenError: nobody is known by that name, or nobody is there to say that it is meant.
    """
    from evergreen.erasure import people
    from evergreen.erasure.erase import erase

    sources = registry.load_all()
    with only_run("`evergreen erase`"), terminable():
        progress.use(sink_for(sys.stdout))
        warehouse = Warehouse.open()
        migrate.apply(warehouse)
        if source is not None:
            chosen = people.named(sources, source, customer)
        else:
            with warehouse.connect("steward") as steward:
                chosen = people.behind(steward, sources.values(), customer)
        if not sure:
            confirm(
                "This cannot be undone, and no earlier release can be gone back to. Erase?",
                unattended="an erasure cannot be undone: say --yes where nobody can be asked",
                declined="nothing was erased",
            )
        done = erase(warehouse, sources, chosen, reason)
        print(
            f"{done.total('deleted'):,} rows deleted, {done.total('anonymous'):,} left without the customer, "
            f"{done.total('blank'):,} made blank"
        )
        _publish(warehouse)


def _publish(warehouse: Warehouse) -> None:
    """Build and publish marts without the customer, if there are any."""
    from evergreen.erasure.erase import finish
    from evergreen.orchestration import environment, runs
    from evergreen.publishing.releases import releases
    from evergreen.report.write import write_report

    if not activation() or not any(release.is_live for release in releases(warehouse)):
        finish(warehouse)
        return
    log = settings().home / "logs" / f"run-{time.strftime('%Y%m%d-%H%M%S')}.log"
    runs.refuse_beside_scheduler(
        warehouse,
        "and the customer is gone from what was loaded: trigger build_marts there, and the marts are without "
        "them too",
    )
    with runs.quiet(log):
        metadata = environment.prepare(warehouse)
        runs.tidy(metadata)
        with progress.step("Starting Airflow"):
            dags = runs.Dags(log)
        dags.run("build_marts", {"until": None, "full_refresh": False})
    for page in (settings().home / "reports").glob("*.html"):
        page.unlink()  # of releases that showed the customer
    write_report(warehouse)

"""`evergreen simulate`: a shop and its surveys, as files."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from evergreen import progress
from evergreen.cli.terminal import program, sink_for


def simulate(out: Path, *, customers: int, years: float, preset: str, seed: int) -> None:
    """Write the shop, its surveys and the truth about both to `out`."""
    from evergreen.simulator.shop import simulate_to_folder

    progress.use(sink_for(sys.stdout))
    made = simulate_to_folder(out.absolute(), customers=customers, years=years, preset=preset, seed=seed)
    print(
        f"{made.customers:,} customers and {made.orders:,} orders "
        f"from {made.first_day} to {made.today} in {out}:"
    )
    print("  shop/     what the shop's database holds, one CSV per table")
    print("  surveys/  the files that the survey tool delivers")
    print("  truth/    what no model may read")
    places = {"shop": f"file://{out.absolute() / 'shop'}", "survey": str(out / "surveys")}
    chosen = " ".join(f"--source {shlex.quote(f'{name}={place}')}" for name, place in places.items())
    print(f"Load both: {program()} run {chosen}")

"""The same models fitted to the same customers by Evergreen and by PyMC-Marketing (MAP), in one run.

    uv sync --project benchmarks/peers
    .venv/bin/python benchmarks/value_models_beside_pymc.py --customers 100000

Customers are drawn from a Pareto/NBD and watched for up to three years. Each fit is a process of its own.
Both estimates are judged by likelihoods that are written out here once more, from the papers, and used by
neither. PyMC-Marketing's priors weigh nothing against so many customers; the time it takes to compile a model
is told apart by a first fit to 1,000 of them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy import special
from value_models import draw

HERE = Path(__file__).parent
PEER = HERE / "peers" / ".venv" / "bin" / "python"
MODELS = ("bg_nbd", "pareto_nbd")


def bg_nbd(x: np.ndarray, last: np.ndarray, age: np.ndarray, parameters: list[float]) -> np.ndarray:
    """Return the log-likelihood (n,) of Fader, Hardie & Lee (2005), eq. 6, in logarithms."""
    r, alpha, a, b = parameters
    shared = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha)
    alive = special.betaln(a, b + x) - special.betaln(a, b) - (r + x) * np.log(alpha + age)
    with np.errstate(divide="ignore"):
        dead = np.where(
            x > 0, special.betaln(a + 1, b + np.maximum(x, 1) - 1) - special.betaln(a, b), -np.inf
        )
    return shared + np.logaddexp(alive, dead - (r + x) * np.log(alpha + last))


def pareto_nbd(x: np.ndarray, last: np.ndarray, age: np.ndarray, parameters: list[float]) -> np.ndarray:
    """Return the log-likelihood (n,): alive, or dead at a moment u, summed over midpoint by midpoint.

    Schmittlein, Morrison & Colombo (1987) before the integral is solved; midpoints are even in log(α + u).
    """
    r, alpha, s, beta = parameters
    shared = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    alive = -(r + x) * np.log(alpha + age) - s * np.log(beta + age)
    step = (np.log(alpha + age) - np.log(alpha + last)) / 2000
    dead = np.zeros(len(x))
    for number in range(2000):
        moment = (alpha + last) * np.exp((number + 0.5) * step)  # α + u
        power = (r + x - 1) * np.log(moment) + (s + 1) * np.log(moment - alpha + beta)
        dead += s * np.exp(-power - alive) * step
    return shared + alive + np.log1p(dead)


def ours(path: str, name: str) -> dict[str, Any]:
    """Fit to the customers of a file; return times and estimates."""
    from dataclasses import astuple

    from evergreen.valuation.fitting import fit
    from evergreen.valuation.history import History
    from evergreen.valuation.selection import MODELS as KINDS

    rows = np.load(path)
    kind = next(kind for kind in KINDS if kind.name == name)
    began, cpu = time.perf_counter(), time.process_time()
    fitted = fit(kind, History.of(rows["frequency"], rows["recency"], rows["T"]))
    took = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}
    return took | {"parameters": list(astuple(fitted.model))}


def asked(command: list[str | Path], **changed: str) -> dict[str, Any]:
    """Run a program and return the JSON in its last line."""
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | changed,
        check=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def compare(path: Path, name: str, peer: Path) -> dict[str, Any]:
    """Fit a model with both, and judge both by the same formula."""
    rows = np.load(path)
    distinct, count = np.unique(
        np.stack([rows["frequency"], rows["recency"], rows["T"]], axis=1), axis=0, return_counts=True
    )
    found = {
        "evergreen": asked(
            [sys.executable, __file__, "--fit", path, "--models", name], OPENBLAS_NUM_THREADS="1"
        ),
        "pymc_marketing": asked([peer, HERE / "peers" / "pymc_marketing_map.py", path, name]),
    }
    formula = {"bg_nbd": bg_nbd, "pareto_nbd": pareto_nbd}[name]
    for one in found.values():
        one["log_likelihood"] = float(formula(*distinct.T, one["parameters"]) @ count)
    ratios = {
        f"times_faster_by_{unit}": found["pymc_marketing"][unit] / found["evergreen"][unit]
        for unit in ("seconds", "cpu_seconds")
    }
    better_by = found["evergreen"]["log_likelihood"] - found["pymc_marketing"]["log_likelihood"]
    return {"model": name, "customers": len(rows["T"])} | found | ratios | {"likelier_by": better_by}


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument("--peer", type=Path, default=PEER, help="interpreter of benchmarks/peers")
    parser.add_argument("--fit", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.fit:
        print(json.dumps(ours(given.fit, given.models[0])))
        return
    columns = draw(given.customers)
    with tempfile.TemporaryDirectory(prefix="evergreen-benchmark-") as folder:
        path = Path(folder) / "customers.npz"
        weeks = {"recency": columns["recency_days"] / 7.0, "T": columns["age_days"] / 7.0}
        frequency = columns["frequency"].astype(float)
        np.savez(path, customer_id=np.arange(len(frequency)), frequency=frequency, **weeks)
        for name in given.models:
            print(json.dumps(compare(path, name, given.peer), indent=2))


if __name__ == "__main__":
    main()

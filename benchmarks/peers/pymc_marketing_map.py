"""PyMC-Marketing's MAP fit of a model, in this folder's environment: value_models_beside_pymc.py runs it.

    python pymc_marketing_map.py <customers.npz> <bg_nbd | pareto_nbd>

Prints seconds, processor seconds and estimates as JSON. The model is fitted twice: to some of the customers,
which compiles what the second fit uses and shows what that takes, and to all of them.
"""

import json
import sys
import time
import warnings

import numpy as np
import pandas as pd
from pymc_marketing.clv import BetaGeoModel, ParetoNBDModel

SOME = 1000
MODELS = {
    "bg_nbd": (BetaGeoModel, ["r", "alpha", "a", "b"]),
    "pareto_nbd": (ParetoNBDModel, ["r", "alpha", "s", "beta"]),
}


def fit(name: str, customers: pd.DataFrame) -> dict[str, object]:
    """Fit the model with its default priors; return times and estimates."""
    kind, parameters = MODELS[name]
    began, cpu = time.perf_counter(), time.process_time()
    model = kind()
    model.fit(data=customers, method="map", progressbar=False)
    took = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}
    return took | {"parameters": [model.fit_result[one].values.item() for one in parameters]}


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    everybody = pd.DataFrame(dict(np.load(sys.argv[1])))
    some = fit(sys.argv[2], everybody.iloc[:SOME])
    print(json.dumps(fit(sys.argv[2], everybody) | {"seconds_of_first_fit": some["seconds"]}))

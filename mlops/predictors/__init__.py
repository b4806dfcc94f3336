"""What predicts, one algorithm a module, one manner: `train(dataset, *, seed=0)`, `model.predict(…)`,
`to_parts(model)` and `from_parts(parts)`; constants NAME, VERSION and PURPOSE. No Django.

Each answers with an interval, contributing signals, or a named refusal.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

ALGORITHMS: dict[str, str] = {
    "pair-forest": "mlops.predictors.classification",
    "signs-ensemble": "mlops.predictors.within_horizon",
    "wear-path": "mlops.predictors.remaining_life",
}  # name -> module; imported by who needs it, as each loads heavy libraries


def algorithm(name: str) -> ModuleType:
    """Return the module of that NAME.

    Raises:
        LookupError: there is none.
    """
    if name not in ALGORITHMS:
        raise LookupError(f"No algorithm is called {name!r}.")
    return import_module(ALGORITHMS[name])

"""What predicts, one algorithm a module, one manner: `train(dataset, *, seed=0) -> model`, `model.predict(…)`,
`to_parts(model)` and `from_parts(parts)`; constants NAME, VERSION and PURPOSE. No Django.

Each answers with an interval, contributing signals, or a named refusal.
"""

from __future__ import annotations

ALGORITHMS: dict[str, str] = {}  # name -> module; imported by who needs it, as each loads heavy libraries

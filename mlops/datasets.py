"""What models learn from: the app that owns the data says for its purpose how a dataset is built.

    register(Purpose.FAILURE, build)        in AppConfig.ready; build(organization_id, scope, at)

The builder also holds out what the models are judged on (later in time, or other machines: the algorithm must
not have learnt from it), and says how wrong a model is on each held-out case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Losses = np.ndarray[Any, np.dtype[np.floating[Any]]]


@dataclass(frozen=True)
class NotEnough:
    """There is nothing to learn from yet; the reason says in words what is missing."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """What one training learns from and is judged on.

    `learn` goes into the algorithms' `train`; `judge(model, held_out)` gives the loss of each held-out case
    (less is better; `measure` says what it is, `groups` which cases belong together, such as a machine's:
    they are drawn together when the certainty of a difference is estimated). `describe(model, held_out)`
    gives what people want to know: figures by name, and "back_test" with lists "at" (times or numbers),
    "actual", "predicted", "low" and "high" of at most 500 points. `naive` has the losses, case by case, of
    who predicts without a model, as `naive_name` says: a first model must be better than that.
    """

    learn: Any
    held_out: Any
    judge: Callable[[Any, Any], Losses]
    measure: str
    rows: int
    data_from: datetime | None = None
    data_until: datetime | None = None
    groups: Sequence[Any] | None = None
    features: Sequence[dict[str, Any]] = ()
    outputs: Sequence[dict[str, Any]] = ()
    describe: Callable[[Any, Any], dict[str, Any]] | None = None
    naive: Losses | None = None
    naive_name: str = "who has no model"
    algorithms: Sequence[str] = ()  # empty: all of the purpose
    settings: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


Builder = Callable[[int, str, datetime], Dataset | NotEnough]

_builders: dict[str, Builder] = {}


class UnknownPurpose(LookupError):
    """Nobody has said how data for this purpose is built."""


def register(purpose: str, builder: Builder) -> None:
    """Let `builder(organization_id, scope, at)` build the datasets of this purpose."""
    _builders[purpose] = builder


def known() -> list[str]:
    """Return the purposes that can be trained for."""
    return sorted(_builders)


def build(*, organization_id: int, purpose: str, scope: str, at: datetime) -> Dataset | NotEnough:
    """Build the data as it is at this moment.

    Raises:
        UnknownPurpose: no app has registered a builder.
    """
    if purpose not in _builders:
        raise UnknownPurpose(f"Nothing is trained for {purpose!r}; known: {', '.join(known()) or 'nothing'}.")
    return _builders[purpose](organization_id, scope, at)

"""What a predictor says: a number with an interval or its contributing inputs, or why it says none."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

NO_TREND = "no_trend"
NOT_ENOUGH_DATA = "not_enough_data"
SENSOR_BAD = "sensor_bad"
OUTSIDE_EXPERIENCE = "outside_experience"


class NotEnoughData(ValueError):
    """There is too little to learn from; the message says what is missing, and how much."""


@dataclass(frozen=True)
class Refusal:
    """No number is better than a wrong one; `code` is one of the four above."""

    code: str
    detail: str


@dataclass(frozen=True)
class Contribution:
    """What the prediction owes to an input, in the prediction's unit: by how much it would change, were the
    input a usual one."""

    feature: str
    value: float | str
    contribution: float


@dataclass(frozen=True)
class Answer:
    prediction: float | None
    unit: str
    low: float | None = None
    high: float | None = None
    refusal: Refusal | None = None
    contributions: tuple[Contribution, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "contributions": [asdict(one) for one in self.contributions]}


def refuse(unit: str, code: str, detail: str) -> Answer:
    return Answer(None, unit, refusal=Refusal(code, detail))

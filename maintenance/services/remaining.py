"""How long does the asset still run? Asked of its class's champion, where one serves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from maintenance.datasets.lives import lives_of, machine_of, share_in_operation
from maintenance.datasets.machines import SCOPE
from mlops import serving
from mlops.models import ModelVersion
from mlops.models.registry import Purpose
from mlops.predictors.answers import Answer, Contribution
from mlops.predictors.remaining_life import RemainingLife
from sensors.models import Asset

MOST_NAMED = 3
TELLING = 0.1  # of all contributions: a sensor with less is not named


@dataclass(frozen=True)
class LifeLeft:
    """What a version answered in hours of operation; `share` of the time the asset ran lately."""

    version: ModelVersion
    answer: Answer
    share: float

    def hours(self, operation: float | None) -> float | None:
        """Turn hours of operation into hours."""
        return None if operation is None else operation / self.share

    @property
    def reasons(self) -> tuple[str, ...]:
        """Say in words what the answer rests on."""
        source = f"{self.version.model.name}, version {self.version.number}"
        if self.answer.refusal:
            return (f"{source}: {self.answer.refusal.detail}",)
        named = ", ".join(_words(one, self._total) for one in self._telling)
        ran = () if self.share > 1 - TELLING else (f"It ran {self.share:.0%} of the time lately.",)
        moved = (f"What shortens it: {named}.",) if named else ()
        return (f"{self._left}, by machines that ran to a fault ({source}).", *moved, *ran)

    @property
    def _left(self) -> str:
        """Say how long; near the model's horizon only what it surely outlives."""
        low, high = self.answer.low, self.answer.high
        if high is None:
            return f"More than {low:.0f} hours of operation left (95 % sure; how many more cannot be told)"
        return f"{low:.0f} to {high:.0f} hours of operation left (90 %)"

    @property
    def _total(self) -> float:
        return sum(abs(one.contribution) for one in self.answer.contributions)

    @property
    def _telling(self) -> list[Contribution]:
        shortening = [one for one in self.answer.contributions if one.contribution < 0]
        return [one for one in shortening if -one.contribution > TELLING * self._total][:MOST_NAMED]


def _words(one: Contribution, total: float) -> str:
    return f"{one.feature} ({-one.contribution / total:.0%})"


def life_left(*, asset: Asset, until: datetime) -> LifeLeft | None:
    """Ask the champion of the asset's class; None where the asset has no class, or the class no champion."""
    scope = f"{SCOPE}{asset.asset_class}"
    serves = (
        serving.serve(asset.organization_id, Purpose.REMAINING_LIFE, scope) if asset.asset_class else None
    )
    if serves is None:
        return None
    model: RemainingLife = serves.model
    labels = (*model.sensors, *model.settings)
    machine = machine_of(asset, labels, until)
    _, running = lives_of(machine, labels)
    return LifeLeft(serves.version, model.predict([running])[0], share_in_operation(machine))

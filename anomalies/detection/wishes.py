"""What people ask of detection in words, and which budget that is.

>>> Wish("calm", 1, "month").words
'calm, at most 1 false alarm a month on each asset'
>>> Wish.of({"sensitivity": "sensitive"}).words
'sensitive, without a budget'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

MONTHS = {"week": 7 / 30, "month": 1.0}
MOST_AT_MOST = 1000


@dataclass(frozen=True)
class Wish:
    """A sensitivity and a budget: false alarms of an asset, `at_most` a week or a month; None: no budget.

    An asset may also go `as_organization`: then the organization's wish counts.
    """

    sensitivity: str = "calm"
    at_most: int | None = None
    per: str = "month"
    as_organization: bool = False

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Wish:
        """Return the wish that a version's settings hold."""
        return cls(**{name: kept[name] for name in cls.__dataclass_fields__ if name in kept})

    def kept(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def per_month(self) -> float | None:
        """The budget of an asset for 30 days."""
        return None if self.at_most is None else self.at_most / MONTHS[self.per]

    @property
    def words(self) -> str:
        if self.as_organization:
            return "as the organization"
        return f"{self.sensitivity}, {budget_words(self.at_most, self.per)}"


def budget_words(at_most: int | None, per: str) -> str:
    if at_most is None:
        return "without a budget"
    return f"at most {at_most} false alarm{'s' if at_most != 1 else ''} a {per} on each asset"

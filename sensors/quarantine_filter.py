"""Which refused readings a page shows: reason, sensor, age and state, all in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Count

from sensors.models import QuarantinedReading, QuarantineQuerySet
from smartmaint.accounts.models import Organization

SINCE = {
    "": (None, "any time"),
    "1h": (timedelta(hours=1), "the last hour"),
    "24h": (timedelta(days=1), "the last 24 hours"),
    "7d": (timedelta(days=7), "the last 7 days"),
}
STATES = dict(QuarantinedReading.State.choices)
WAITING = QuarantinedReading.State.WAITING.value


@dataclass(frozen=True)
class QuarantineFilter:
    """What is asked for; empty texts ask for nothing."""

    state: str = WAITING
    code: str = ""
    sensor: str = ""
    since: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> QuarantineFilter:
        """Read the filter of an address; what it does not know is left out."""
        state, since = asked.get("state", WAITING), asked.get("since", "")
        return cls(
            state=state if state in STATES else WAITING,
            code=_text(asked, "code"),
            sensor=_text(asked, "sensor"),
            since=since if since in SINCE else "",
        )

    @property
    def query(self) -> str:
        given = {"state": "" if self.state == WAITING else self.state, "code": self.code}
        given |= {"sensor": self.sensor, "since": self.since}
        return urlencode({name: value for name, value in given.items() if value})

    @property
    def narrows(self) -> bool:
        return bool(self.code or self.sensor or self.since)

    def apply(self, organization: Organization, at: datetime) -> QuarantineQuerySet:
        """Return the organization's readings that fit at `at`."""
        age, _ = SINCE[self.since]
        own = QuarantinedReading.objects.filter(organization=organization)
        return own.matching(
            state=self.state, code=self.code, sensor=self.sensor, since=at - age if age else None
        )


@dataclass(frozen=True)
class Tab:
    """A link to another filter; `number` is None where it was not counted."""

    label: str
    query: str
    chosen: bool
    number: int | None = None


def state_tabs(shown: QuarantineFilter) -> list[Tab]:
    return [
        Tab(label.capitalize(), replace(shown, state=state, code="").query, shown.state == state)
        for state, label in STATES.items()
    ]


def reason_tabs(shown: QuarantineFilter, organization: Organization, at: datetime) -> list[Tab]:
    """Return a tab for each reason among what fits otherwise, the most frequent first, after one for all."""
    rows = replace(shown, code="").apply(organization, at).order_by()
    numbers = dict(rows.values_list("code").annotate(number=Count("pk")).order_by("-number", "code"))
    if shown.code:
        numbers.setdefault(shown.code, 0)
    tabs = [
        Tab(code, replace(shown, code=code).query, shown.code == code, number)
        for code, number in numbers.items()
    ]
    return [Tab("all", replace(shown, code="").query, not shown.code, sum(numbers.values())), *tabs]


def _text(asked: Mapping[str, str], name: str) -> str:
    return asked.get(name, "").replace("\x00", "").strip()[:128]

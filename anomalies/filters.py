"""Which alerts a list shows: the filters stand in the address, so a view can be sent to a colleague."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.http import QueryDict

from anomalies.models import Alert, AlertQuerySet

State = Alert.State
OPEN = ~Q(state=State.NORMAL) & ~Q(verdict=Alert.Verdict.DISMISSED) & Q(historical=False)
STATES: dict[str, tuple[str, Q]] = {
    "open": ("Open", OPEN),
    "unacknowledged": ("Unacknowledged", OPEN & ~Q(state=State.ACKNOWLEDGED)),
    "acknowledged": ("Acknowledged", OPEN & Q(state=State.ACKNOWLEDGED)),
    "closed": ("Closed", Q(state=State.NORMAL, historical=False) & ~Q(verdict=Alert.Verdict.DISMISSED)),
    "dismissed": ("Dismissed", Q(verdict=Alert.Verdict.DISMISSED)),
    "history": ("From history", Q(historical=True) & ~Q(verdict=Alert.Verdict.DISMISSED)),
}
WAITING = ("open", "unacknowledged", "acknowledged")
PER_PAGE = 50
MOST_DIGITS = 7  # of a page's number


@dataclass(frozen=True)
class AlertFilter:
    """`state` is a key of STATES, `priority` 1 to 4 or empty, `words` is looked for in sentence and asset."""

    state: str = "open"
    priority: str = ""
    asset: str = ""
    words: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> AlertFilter:
        state, priority, asset = query.get("state", ""), query.get("priority", ""), query.get("asset", "")
        return cls(
            state=state if state in STATES else "open",
            priority=priority if priority in {"1", "2", "3", "4"} else "",
            asset=asset if asset.isdecimal() and len(asset) < 19 else "",
            words=query.get("q", "").replace("\x00", "").strip()[:100],
        )

    def apply(self, rows: AlertQuerySet) -> AlertQuerySet:
        rows = self.narrow(rows).filter(STATES[self.state][1])
        if self.priority:
            rows = rows.filter(priority=self.priority)
        first = ["priority"] if self.state in WAITING else []
        return rows.order_by(*first, "-raised_at", "-pk")

    def narrow(self, rows: AlertQuerySet) -> AlertQuerySet:
        """Apply what is neither state nor priority."""
        if self.asset:
            rows = rows.filter(asset=int(self.asset))
        if self.words:
            rows = rows.filter(Q(summary__icontains=self.words) | Q(asset__name__icontains=self.words))
        return rows

    def query(self, **changes: str) -> str:
        """Return the address's query for this filter with changes."""
        other = replace(self, **changes)
        values = {"state": other.state, "priority": other.priority, "asset": other.asset, "q": other.words}
        return urlencode({key: value for key, value in values.items() if value})


@dataclass(frozen=True)
class Tab:
    """`number` is None where it is not counted: what is over only grows, and nobody works it off."""

    key: str
    label: str
    number: int | None
    query: str
    chosen: bool


def state_tabs(shown: AlertFilter, rows: AlertQuerySet) -> list[Tab]:
    """Return each state, those that are open with their number of alerts, in one query."""
    counts = (
        shown.narrow(rows)
        .open()
        .aggregate(**{key: Count("pk", filter=q) for key, (_, q) in STATES.items() if key in WAITING})
    )
    return [
        Tab(key, label, counts.get(key), shown.query(state=key), key == shown.state)
        for key, (label, _) in STATES.items()
    ]


def priority_tabs(shown: AlertFilter, rows: AlertQuerySet) -> list[Tab]:
    """Return each priority, with its number of alerts where the shown state is open, in one query."""
    in_state = shown.narrow(rows).filter(STATES[shown.state][1])
    waits = shown.state in WAITING
    counts = dict(in_state.order_by().values_list("priority").annotate(Count("pk"))) if waits else {}
    return [
        Tab(
            str(level),
            str(label),
            counts.get(level, 0) if waits else None,
            shown.query(priority="" if shown.priority == str(level) else str(level)),
            shown.priority == str(level),
        )
        for level, label in Alert.Priority.choices
    ]


@dataclass(frozen=True)
class AlertPage:
    """Some of a list. Whether more follow is known, how many is not counted."""

    alerts: list[Alert]
    number: int
    has_next: bool

    @property
    def before(self) -> int:
        return self.number - 1

    @property
    def after(self) -> int:
        return self.number + 1


def read_page(rows: AlertQuerySet, number: str) -> AlertPage:
    """Return the page with this number, from 1 on; the first where it is none."""
    page = int(number) if number.isdecimal() and 0 < len(number) < MOST_DIGITS else 1
    start = (max(page, 1) - 1) * PER_PAGE
    found = list(rows[start : start + PER_PAGE + 1])
    return AlertPage(found[:PER_PAGE], max(page, 1), has_next=len(found) > PER_PAGE)

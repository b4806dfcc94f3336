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
        waiting = self.state in {"open", "unacknowledged", "acknowledged"}
        return (
            rows.order_by("priority", "-raised_at", "-pk") if waiting else rows.order_by("-raised_at", "-pk")
        )

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
    key: str
    label: str
    number: int
    query: str
    chosen: bool


def state_tabs(shown: AlertFilter, rows: AlertQuerySet) -> list[Tab]:
    """Return each state with its number of alerts, in one query."""
    counts = shown.narrow(rows).aggregate(**{key: Count("pk", filter=q) for key, (_, q) in STATES.items()})
    return [
        Tab(key, label, counts[key], shown.query(state=key), key == shown.state)
        for key, (label, _) in STATES.items()
    ]


def priority_tabs(shown: AlertFilter, rows: AlertQuerySet) -> list[Tab]:
    """Return each priority with its number of alerts in the shown state, in one query."""
    in_state = shown.narrow(rows).filter(STATES[shown.state][1])
    counts = dict(in_state.order_by().values_list("priority").annotate(Count("pk")))
    return [
        Tab(
            str(level),
            str(label),
            counts.get(level, 0),
            shown.query(priority="" if shown.priority == str(level) else str(level)),
            shown.priority == str(level),
        )
        for level, label in Alert.Priority.choices
    ]

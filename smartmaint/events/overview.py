"""How the chain is doing, for one organization: three queries, whatever the backlog."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Count, Min

from smartmaint.accounts.models import Organization
from smartmaint.events.agents import AGENTS, Agent
from smartmaint.events.models import DeadLetter, EventRecord

RECENT = timedelta(minutes=10)
MOST_LETTERS = 50
NAMED = 3  # of the events that an agent hears

# One index scan per agent and figure: the history of a busy agent is never read.
STATE_OF_AGENTS = """
SELECT name,
    (SELECT count(*) FROM events_delivery d WHERE d.organization_id = %(organization)s AND d.agent = name
        AND d.state = 'done' AND d.finished_at >= %(since)s),
    (SELECT max(d.finished_at) FROM events_delivery d
        WHERE d.organization_id = %(organization)s AND d.agent = name),
    o.waiting, o.oldest, o.failing,
    (SELECT count(*) FROM events_delivery d
        WHERE d.organization_id = %(organization)s AND d.agent = name AND d.state = 'dead')
FROM unnest(%(names)s::text[]) AS name
LEFT JOIN (
    SELECT d.agent, count(*) AS waiting, min(e.published_at) AS oldest,
        count(*) FILTER (WHERE d.error <> '') AS failing
    FROM events_delivery d JOIN events_eventrecord e USING (event_id)
    WHERE d.organization_id = %(organization)s AND d.state IN ('waiting', 'sent', 'running')
    GROUP BY d.agent
) o ON o.agent = name
"""


@dataclass(frozen=True)
class AgentState:
    """One agent's figures. `recent` counts what it finished in the last ten minutes, `oldest_s` is the age
    in seconds of the oldest event that waits for it, `failing` counts events that it tries again."""

    name: str
    hears: tuple[str, ...]
    queue: str
    recent: int
    last_run: datetime | None
    waiting: int
    oldest_s: float
    failing: int
    dead: int

    @property
    def flows(self) -> bool:
        return not (self.failing or self.dead or self.oldest_s > 60)

    @property
    def label(self) -> str:
        return self.name.partition(".")[2].replace("_", " ").capitalize()

    @property
    def cue(self) -> str:
        """Say upon which events it runs, and how many more: "on alert raised, alert updated"."""
        names = [re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower() for name in self.hears]
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        return f"on {', '.join(names[:NAMED])}{more}"


@dataclass(frozen=True)
class Outbox:
    """What was said and not yet told to the agents."""

    pending: int
    oldest_s: float


@dataclass(frozen=True)
class Stage:
    """The agents of one app, in the order of its tasks.py."""

    name: str
    agents: Sequence[AgentState]


@dataclass(frozen=True)
class Overview:
    outbox: Outbox
    stages: Sequence[Stage]
    letters: Sequence[DeadLetter]
    letter_count: int

    @property
    def flows(self) -> bool:
        agents = [agent for stage in self.stages for agent in stage.agents]
        return not self.letter_count and self.outbox.oldest_s < 60 and all(agent.flows for agent in agents)


def load_overview(*, organization: Organization, at: datetime) -> Overview:
    """Return the chain from left to right: apps in the order of INSTALLED_APPS, agents as in tasks.py."""
    states = _load_states(organization, at)
    letters = DeadLetter.objects.filter(organization=organization).select_related("event")
    return Overview(
        outbox=_load_outbox(organization, at),
        stages=[Stage(app, list(group)) for app, group in groupby(states, _app_of)],
        letters=list(letters.order_by("-finished_at")[:MOST_LETTERS]),
        letter_count=letters.count(),
    )


def _load_outbox(organization: Organization, at: datetime) -> Outbox:
    pending = EventRecord.objects.pending().filter(organization=organization)
    figures = pending.aggregate(count=Count("pk"), oldest=Min("published_at"))
    return Outbox(figures["count"], _age(figures["oldest"], at))


def _load_states(organization: Organization, at: datetime) -> list[AgentState]:
    places = {config.label: place for place, config in enumerate(apps.get_app_configs())}
    agents = sorted(AGENTS.values(), key=lambda agent: places.get(_app_of(agent), len(places)))
    values: Any = {
        "organization": organization.pk,
        "since": at - RECENT,
        "names": [agent.name for agent in agents],
    }
    with connection.cursor() as cursor:
        cursor.execute(STATE_OF_AGENTS, values)
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    return [_state(agent, *rows[agent.name], at=at) for agent in agents]


def _state(
    agent: Agent,
    recent: int,
    last_run: datetime | None,
    waiting: int | None,
    oldest: datetime | None,
    failing: int | None,
    dead: int,
    *,
    at: datetime,
) -> AgentState:
    hears = tuple(event.__name__ for event in agent.events)
    return AgentState(
        agent.name, hears, agent.queue, recent, last_run, waiting or 0, _age(oldest, at), failing or 0, dead
    )


def _app_of(agent: Agent | AgentState) -> str:
    return agent.name.partition(".")[0]


def _age(moment: datetime | None, at: datetime) -> float:
    return (at - moment).total_seconds() if moment else 0.0

"""Every address of the product, from the URLconf, with who may go there and what its ids stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.urls import URLPattern, get_resolver
from django.utils import timezone

from smartmaint.accounts.models import Organization
from smartmaint.events.models import Delivery, EventRecord
from tests.accounts.factories import ApiTokenFactory, MembershipFactory
from tests.anomalies.drifting.factories import DriftFindingFactory
from tests.anomalies.factories import AlertFactory
from tests.anomalies.learning.factories import ChallengerFactory, ReplayFactory, ThresholdStepFactory
from tests.maintenance.factories import ForecastFactory, QuestionFactory, TaskFactory, TechnicianFactory
from tests.mlops.factories import TableFactory, VersionFactory
from tests.sensors.factories import AssetFactory, QuarantinedReadingFactory, SensorFactory, SiteFactory
from tests.sensors.transfers.factories import ImportFactory
from tests.waveforms.factories import WaveformFactory

PUBLIC = {
    "sign-in",
    "sign-out",
    "schema",
    "api-docs",
    "health",
    "health-live",
    "health-ready",
    "health-db",
    "health-redis",
    "metrics",
}
ELSEWHERE = "admin/"  # tests/accounts/test_tenant_admin.py


ID = re.compile(r"([\w-]+)/<\w+:\w+>")


@dataclass(frozen=True)
class Route:
    """An address such as `assets/<int:pk>/`; `scopes` are by method, of a page under "GET" or "POST"."""

    template: str
    name: str
    scopes: dict[str, str]
    is_api: bool

    def __str__(self) -> str:
        return self.template or "/"

    @property
    def has_ids(self) -> bool:
        return "<" in self.template

    def address(self, organization: Organization) -> str:
        """Return the address with ids of new rows of the organization."""
        return "/" + ID.sub(lambda found: _filled(found.group(1), organization), self.template)


def _filled(noun: str, organization: Organization) -> str:
    if noun not in MAKERS:
        raise LookupError(f"Say in MAKERS what the id after {noun}/ stands for.")
    return f"{noun}/{MAKERS[noun](organization)}"


def walk_routes() -> list[Route]:
    return [route for route in _walk(get_resolver().url_patterns, "") if route.name not in PUBLIC]


def _walk(patterns: Any, prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        template = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield _route(template, pattern)
        elif template != ELSEWHERE:
            yield from _walk(pattern.url_patterns, template)


def _route(template: str, pattern: URLPattern) -> Route:
    view: Any = pattern.callback
    api_scopes = getattr(getattr(view, "cls", None), "scopes", None)
    page_scope = getattr(view, "scope", None)
    scopes = api_scopes or ({"PAGE": page_scope} if page_scope else {})
    return Route(template, pattern.name or template, scopes, is_api=api_scopes is not None)


def _event(organization: Organization) -> EventRecord:
    return EventRecord.objects.create(
        event_id=uuid4(),
        organization=organization,
        name="maintenance.TaskScheduled",
        payload={"task_id": 1},
        correlation_id=uuid4(),
        published_at=timezone.now(),
    )


def _dead_letter(organization: Organization) -> int:
    letter = Delivery.objects.create(
        event=_event(organization),
        organization=organization,
        agent="maintenance.notify_people",
        state=Delivery.State.DEAD,
        due_at=timezone.now(),
    )
    return letter.pk


def _asset(organization: Organization) -> Any:
    return AssetFactory(organization=organization)


def _task(organization: Organization) -> Any:
    return TaskFactory(asset=_asset(organization)).uid


def _replay(organization: Organization) -> int:
    return ReplayFactory(organization=organization).pk


def _challenger(organization: Organization) -> int:
    return ChallengerFactory(model__organization=organization).pk


def _threshold_step(organization: Organization) -> int:
    return ThresholdStepFactory(asset=_asset(organization)).pk


def _model(organization: Organization) -> int:
    """A model with a champion; pages find it by id, programs by name."""
    model = VersionFactory(model__organization=organization, stage="champion").model
    type(model).objects.filter(pk=model.pk).update(name=str(model.pk))
    return model.pk


MAKERS: dict[str, Callable[[Organization], Any]] = {
    "alerts": lambda organization: AlertFactory(asset=_asset(organization)).pk,
    "assets": lambda organization: _asset(organization).pk,
    "dead-letters": _dead_letter,
    "drift": lambda organization: DriftFindingFactory(organization=organization).pk,
    "decisions": lambda organization: QuestionFactory(asset=_asset(organization)).request_id,
    "forecasts": lambda organization: ForecastFactory(sensor=SensorFactory(organization=organization)).pk,
    "imports": lambda organization: ImportFactory(organization=organization).pk,
    "members": lambda organization: MembershipFactory(organization=organization).pk,
    "models": _model,
    "organizations": lambda organization: organization.pk,
    "quarantine": lambda organization: QuarantinedReadingFactory(organization=organization).pk,
    "detection": _challenger,
    "replays": _replay,
    "sensors": lambda organization: SensorFactory(organization=organization).pk,
    "sites": lambda organization: SiteFactory(organization=organization).pk,
    "tables": lambda organization: TableFactory(organization=organization).pk,
    "tasks": _task,
    "technicians": lambda organization: TechnicianFactory(site=SiteFactory(organization=organization)).pk,
    "threshold-steps": _threshold_step,
    "tokens": lambda organization: ApiTokenFactory(organization=organization).pk,
    "trace": lambda organization: _event(organization).correlation_id,
    "traces": lambda organization: _event(organization).correlation_id,
    "versions": lambda organization: VersionFactory(model__organization=organization).pk,
    "waveforms": lambda organization: WaveformFactory(organization=organization).pk,
    "work": _task,
}

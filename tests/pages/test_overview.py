from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from psycopg.types.range import Range

from mlops.services import request_training
from reports.needs import find_needs
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.models import Membership
from tests.anomalies.drifting.factories import DriftFindingFactory
from tests.maintenance.factories import TaskFactory
from tests.pages.conftest import raised, send

ROLES = ["viewer", "operator", "technician", "planner", "admin"]
PAGES = ["/", "/alerts/", "/assets/", "/decisions/", "/work/", "/work/?view=days", "/my-work/"]


def caller_of(organization) -> Caller:
    return Caller.of_membership(Membership.objects.filter(organization=organization).first())


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("role", ROLES)
def test_every_role_sees_every_page(request, plant, role, address):
    answer = request.getfixturevalue(role).get(address)
    assert answer.status_code == 200
    assert "Feed pump" in answer.content.decode()


@pytest.mark.parametrize("address", PAGES)
def test_an_outsider_sees_nothing_of_ours(outsider, plant, address):
    answer = outsider.get(address)
    assert answer.status_code == 200
    assert "Feed pump" not in answer.content.decode()


def test_an_empty_organization_is_told_how_to_send_the_first_reading(operator):
    page = operator.get("/").content.decode()
    assert "curl -X POST http://testserver/api/v1/data/ingest" in page
    assert "--organization acme" in page


def test_the_waiting_page_hears_of_the_first_reading(operator, organization, htmx):
    assert "HX-Trigger" not in operator.get("/?part=first", headers=htmx)
    send(organization, "P-9.vibration", [2.0])
    assert operator.get("/?part=first", headers=htmx)["HX-Trigger"] == "first-reading"


def test_the_parts_of_the_overview_come_alone(operator, plant, htmx):
    for part in ("kpis", "needs", "plant", "feed"):
        fragment = operator.get(f"/?part={part}", headers=htmx).content.decode()
        assert f'id="{part}"' in fragment
        assert "<html" not in fragment


def test_the_bar_shows_the_highest_unacknowledged_alarm(viewer, plant):
    raised(plant.asset, plant.sensor, cause="limit_exceeded", priority=1, summary="Worse than that.")
    bar = viewer.get("/frame/").content.decode()
    assert "Worse than that." in bar
    assert 'data-priority="1"' in bar
    assert "2<span" in bar.split('id="rail-alarms"')[1]


def test_only_who_may_acknowledge_is_offered_it(viewer, operator, plant):
    button = f"/alerts/{plant.alert.pk}/acknowledge/"
    assert button not in viewer.get("/frame/").content.decode()
    assert button in operator.get("/frame/").content.decode()


def test_at_most_five_things_need_somebody_and_the_most_urgent_is_first(operator, organization, plant):
    for number in range(6):
        TaskFactory(
            asset=plant.asset,
            title=f"Late {number}",
            technician__name=f"T{number}",
            period=Range(timezone.now() - timedelta(hours=5), timezone.now() - timedelta(hours=4)),
        )
    raised(plant.asset, plant.sensor, cause="limit_exceeded", priority=1)
    needs, more = find_needs(caller_of(organization), timezone.now())
    assert [need.priority for need in needs[:2]] == [1, 2]
    assert (len(needs), more) == (5, 4)


def drifted(organization, name: str, **more) -> None:
    DriftFindingFactory(organization=organization, name=name, since=timezone.now(), **more)


def test_all_that_drifted_is_one_row_and_the_least_urgent(operator, organization, other_organization, plant):
    for number in range(4):
        drifted(organization, f"Fan {number}", excess=1 - number / 10)
    drifted(organization, "failure-pump, flow", purpose="failure", input="flow", excess=0.1)
    drifted(organization, "Old", current=False)
    drifted(organization, "Calm", outcome="stable")
    drifted(other_organization, "Rival")
    needs, _ = find_needs(caller_of(organization), timezone.now())
    said = "4 sensors and 1 model input left their normal: Fan 0, Fan 1, Fan 2 and 2 more."
    assert (needs[-1].sentence, needs[-1].url) == (said, "/models/drift/?outcome=drifted")
    assert said in operator.get("/").content.decode()


def test_drift_that_a_training_answers_needs_nobody(operator, organization, plant):
    job = request_training(
        organization_id=organization.pk, purpose="failure", scope="asset:1", cause="drift", at=timezone.now()
    )
    drifted(organization, "failure-pump, flow", purpose="failure", input="flow", job=job)
    caller = caller_of(organization)
    assert "Drift" not in [need.title for need in find_needs(caller, timezone.now())[0]]
    drifted(organization, "Fan")
    assert "1 sensor left its normal: Fan." in find_needs(caller, timezone.now())[0][-1].sentence
    blind = replace(caller, scopes=frozenset())
    assert "Drift" not in [need.title for need in find_needs(blind, timezone.now())[0]]


def test_the_strip_counts_the_alarms_of_the_last_ten_minutes(operator, plant):
    plant.alert.raised_at = timezone.now() - timedelta(minutes=9)
    plant.alert.save()
    for cause in ("limit_exceeded", "sensor_stuck"):
        raised(plant.asset, plant.sensor, cause=cause, raised_at=timezone.now())
    kpis = operator.get("/").context["kpis"]
    assert (kpis.recent_alarms, kpis.alarm_load) == (3, "demanding")
    assert kpis.readings_per_minute == 120


def test_a_part_asked_without_a_session_makes_the_page_load_again(client, db, htmx):
    assert client.get("/frame/", headers=htmx).status_code == 401

"""The drift page, and the block on a model's page."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from anomalies.models import Baseline
from mlops.drift.drawing import HEIGHT, WIDTH, outline
from mlops.models import DriftCheck, Model, TrainingJob
from tests.anomalies.drifting.factories import AT, DriftCheckFactory, DriftFindingFactory
from tests.anomalies.drifting.history import remember
from tests.sensors.factories import SensorFactory

pytestmark = pytest.mark.django_db
URL = "/models/drift/"


def shown(client, query=""):
    answer = client.get(URL + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_before_the_first_look_it_says_what_will_be_looked_at(viewer, admin):
    assert "Nobody has looked yet" in shown(viewer)
    assert "Look now" not in shown(viewer)
    assert "Look now" in shown(admin)


def test_a_drifted_sensor_comes_first_with_its_figures_and_since_when(viewer, organization):
    DriftFindingFactory(organization=organization, outcome="stable", name="Fan, speed", since=None)
    sensor = SensorFactory(organization=organization)
    DriftFindingFactory(organization=organization, scope=f"sensor:{sensor.pk}")
    page = shown(viewer)
    assert page.index("Pump P-1, flow") < page.index("Fan, speed")
    for words in ("Its median went up.", "0.61", "0.80", "0.004", "18 stretches", f"/sensors/{sensor.pk}/"):
        assert words in page
    assert "Its normal has moved since" in page


def test_what_was_done_is_said(viewer, organization):
    job = TrainingJob.objects.create(
        organization=organization,
        purpose="forecast",
        scope="sensor:1",
        cause="drift",
        state="kept",
        outcome="The champion is better.",
        correlation_id=DriftCheckFactory(organization=organization).correlation_id,
        actor="drift",
        asked_at=AT,
    )
    DriftFindingFactory(organization=organization, purpose="forecast", input="flow", job=job)
    assert "Training: the champion stays. The champion is better." in shown(viewer)


def test_it_can_be_narrowed(viewer, organization):
    DriftFindingFactory(organization=organization)
    DriftFindingFactory(organization=organization, outcome="stable", name="Fan, speed")
    assert "Fan, speed" not in shown(viewer, "?outcome=drifted")
    assert "Pump P-1" not in shown(viewer, "?q=fan")
    assert "Nothing of this kind" in shown(viewer, "?outcome=sensor_bad&page=x")
    assert "Fan, speed" in shown(viewer, "?outcome=nonsense")


def test_old_findings_and_those_of_others_are_not_shown(viewer, organization, other_organization):
    DriftFindingFactory(organization=organization, current=False, name="Old")
    DriftFindingFactory(organization=other_organization, name="Rival")
    page = shown(viewer)
    assert "Old" not in page
    assert "Rival" not in page


def test_a_look_begins_by_a_button_and_tells_how_far_it_is(admin, viewer, organization):
    assert viewer.post(URL + "check/").status_code == 403
    assert admin.post(URL + "check/").status_code == 302
    check = DriftCheck.objects.get()
    DriftCheck.objects.update(subjects=40, looked=20)
    assert (check.whole, check.cause, check.actor) == (True, "hand", "admin-of-acme")
    page = shown(viewer)
    assert "20 looked at, of 40 sensors" in page
    assert 'hx-trigger="every 2s"' in page


def test_a_person_may_have_a_drifted_sensor_learnt_anew(operator, viewer, organization):
    sensor = SensorFactory(organization=organization)
    remember(sensor, days=20, until=timezone.now())
    finding = DriftFindingFactory(organization=organization, scope=f"sensor:{sensor.pk}")
    assert viewer.post(f"{URL}{finding.pk}/baseline/").status_code == 403
    assert operator.post(f"{URL}{finding.pk}/baseline/").status_code == 302
    baseline = Baseline.objects.get(sensor=sensor)
    assert (baseline.actor, baseline.reason) == ("operator-of-acme", "Drift: Its median went up.")
    assert "13.0 more hours are needed" in shown(viewer)


def test_what_has_not_drifted_cannot_begin_anew(operator, organization):
    finding = DriftFindingFactory(organization=organization, outcome="stable", since=None)
    assert operator.post(f"{URL}{finding.pk}/baseline/").status_code == 409


def test_a_models_page_shows_the_drift_of_its_inputs(organization):
    model = Model.objects.create(
        organization=organization,
        name="failure-pump",
        purpose="failure",
        scope="asset-class:pump",
        created_at=AT,
    )
    assert "Not looked at yet" in render_to_string("mlops/drift_block.html", {"model": model})
    DriftFindingFactory(
        organization=organization, purpose="failure", scope="asset-class:pump", input="vibration"
    )
    block = render_to_string("mlops/drift_block.html", {"model": model})
    assert "vibration" in block
    assert "Its median went up." in block


def test_the_picture_stays_in_its_box():
    assert outline([0.5, 1.0], 1.0) == f"M0 {HEIGHT}V18.0H{WIDTH / 2:.1f}V0.0H{WIDTH:.1f}V{HEIGHT}"
    assert "nan" not in outline([0.0], 0.0)

"""Failures that nothing announced, and people told of a champion that fell by what was found."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from mlops.models import Outcome
from mlops.services import Draft, promote_version, register_version, roll_back
from smartmaint.events.testing import drain
from tests.conftest import member
from tests.sensors.factories import AssetFactory

ADDRESS = "/api/v1/maintenance/failures"


@pytest.fixture
def asset(organization):
    return AssetFactory(organization=organization, code="P-101")


def test_a_program_reports_a_failure_that_nothing_announced(api, asset):
    answer = api("tasks:update").post(ADDRESS, {"asset": "P-101", "failure_mode": "VIB"})
    assert (answer.status_code, answer.json()["finding"]) == (201, "missed")
    outcome = Outcome.objects.get()
    assert (outcome.scope, outcome.finding, outcome.raised_at) == (f"asset:{asset.pk}", "missed", None)


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"asset": "P-999"}, 404),
        ({"failure_mode": "XYZ"}, 400),
        ({"found_at": (timezone.now() + timedelta(days=1)).isoformat()}, 422),
        ({"found_at": "2026-03-02T12:00:00"}, 400),
    ],
)
def test_a_wrong_report_changes_nothing(api, asset, wrong, status):
    assert api().post(ADDRESS, {"asset": "P-101", **wrong}).status_code == status
    assert not Outcome.objects.exists()


def test_a_token_that_may_only_read_reports_nothing(api, asset):
    assert api("data:read").post(ADDRESS, {"asset": "P-101"}).status_code == 403


def test_administrators_hear_that_a_champion_was_taken_out_of_service(organization):
    person = member(organization, "admin")
    about = {"organization_id": organization.pk, "purpose": "anomaly", "scope": "organization"}
    for _ in range(2):
        version = register_version(**about, draft=Draft(algorithm="x"), at=timezone.now(), by="Ana")
        promote_version(version=version, at=timezone.now(), by="Ana")
    roll_back(version=version, at=timezone.now(), by="review of precision", reason="1 of 10 were right")
    drain()
    message = next(one for one in mail.outbox if one.to == [person.email])
    assert "version 2 is out of service, version 1 serves again" in message.subject
    assert "1 of 10 were right" in message.body

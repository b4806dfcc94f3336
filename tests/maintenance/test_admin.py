from __future__ import annotations

from datetime import UTC, datetime

import pytest

from maintenance.models import Absence, DecisionRule, Technician
from tests.maintenance.factories import (
    AbsenceFactory,
    DecisionFactory,
    HolidayFactory,
    NotificationFactory,
    PredictionFactory,
    SkillFactory,
    TaskFactory,
    TechnicianFactory,
    working,
)
from tests.sensors.factories import SiteFactory

BASE = "/admin/maintenance"
PAGES = (
    *("absence", "decision", "decisionrule", "holiday", "maintenancelog", "maintenancetask"),
    *("notification", "prediction", "skill", "technician"),
)


@pytest.fixture
def everything(organization):
    site = SiteFactory(organization=organization)
    task = TaskFactory(
        asset__organization=organization, asset__site=site, technician=working(site, "Ana Souza")
    )
    AbsenceFactory(technician=task.technician)
    DecisionFactory(asset=task.asset)
    HolidayFactory(organization=organization)
    NotificationFactory(organization=organization, recipient="souza@example.com")
    PredictionFactory(alert__asset=task.asset)
    SkillFactory(organization=organization)
    return task


@pytest.mark.parametrize("page", PAGES)
def test_administrators_see_every_list(admin, everything, page):
    assert admin.get(f"{BASE}/{page}/").status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_other_organizations_see_nothing_of_it(outsider, everything, page):
    answer = outsider.get(f"{BASE}/{page}/")
    assert answer.status_code == 200
    assert b"Souza" not in answer.content
    assert b"Pump" not in answer.content


@pytest.mark.parametrize("page", ["decision", "notification", "maintenancetask", "prediction"])
def test_records_are_read_only(admin, page):
    assert admin.get(f"{BASE}/{page}/add/").status_code == 403


ANA = {
    "name": "Ana",
    "email": "",
    "user": "",
    "is_active": "on",
    "shifts-TOTAL_FORMS": 1,
    "shifts-INITIAL_FORMS": 0,
    "shifts-0-weekday": 6,
    "shifts-0-starts_at": "22:00",
    "shifts-0-ends_at": "06:00",
    "absences-TOTAL_FORMS": 1,
    "absences-INITIAL_FORMS": 0,
    "absences-0-reason": "leave",
    "absences-0-period_0": "2026-03-02 00:00",
    "absences-0-period_1": "",
}


def test_planners_employ_technicians_with_shifts_and_absences(planner, organization):
    site = SiteFactory(organization=organization)
    assert planner.post(f"{BASE}/technician/add/", ANA | {"site": site.pk}).status_code == 302
    technician = Technician.objects.get(organization=organization)
    assert technician.shifts.get().weekday == 6
    assert "to …" in str(Absence.objects.get())


def test_absences_are_given_and_shown_by_the_clock_of_the_site(planner, organization):
    site = SiteFactory(organization=organization, timezone="America/Sao_Paulo")
    planner.post(f"{BASE}/technician/add/", ANA | {"site": site.pk})
    absence = Absence.objects.get()
    assert absence.period.lower == datetime(2026, 3, 2, 3, tzinfo=UTC)
    pages = (f"technician/{absence.technician_id}/change", f"absence/{absence.pk}/change")
    for page in pages:
        text = planner.get(f"{BASE}/{page}/").content.decode()
        assert 'value="2026-03-02 00:00:00"' in text
        assert "by the clock of the technician" in text
    assert "2026-03-02 00:00 to … (America/Sao_Paulo)" in planner.get(f"{BASE}/absence/").content.decode()


def test_an_absence_alone_is_taken_by_the_clock_of_its_technicians_site(planner, organization):
    technician = TechnicianFactory(site=SiteFactory(organization=organization, timezone="America/Sao_Paulo"))
    body = {"technician": technician.pk, "period_0": "2026-03-02 08:00", "period_1": "2026-03-02 12:00"}
    assert planner.post(f"{BASE}/absence/add/", body).status_code == 302
    assert Absence.objects.get().period.upper == datetime(2026, 3, 2, 15, tzinfo=UTC)


@pytest.mark.parametrize("page", PAGES)
def test_a_filter_that_no_text_can_hold_is_refused(admin, page):
    assert admin.get(f"{BASE}/{page}/?status__exact=%00").status_code == 400


def test_a_technician_of_another_organization_is_out_of_reach(admin, other_organization):
    stranger = TechnicianFactory(site__organization=other_organization)
    assert admin.get(f"{BASE}/technician/{stranger.pk}/change/").status_code == 404


def test_the_policy_is_edited_with_its_conditions_checked(admin, organization):
    body = {
        "position": 5,
        "name": "Fire",
        "action": "act",
        "within_hours": 1,
        "work_hours": 1,
        "causes": '["fire"]',
        "outcomes": "[]",
    }
    refused = admin.post(f"{BASE}/decisionrule/add/", body)
    assert "Not known" in refused.content.decode()
    assert admin.post(f"{BASE}/decisionrule/add/", body | {"causes": '["sensor_stuck"]'}).status_code == 302
    assert DecisionRule.objects.get(organization=organization).causes == ["sensor_stuck"]

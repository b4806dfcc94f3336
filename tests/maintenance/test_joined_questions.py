"""What a person would be asked joins a visit, or another question, of the same machine."""

from __future__ import annotations

import pytest
from django.core import mail

from maintenance.models import Decision, MaintenanceTask
from maintenance.services import answer_decision
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.problems import Conflict
from tests.maintenance.confirming import (
    LATER,
    away_until_thursday,
    confirm,
    hear,
    mails_to,
    settle,
    unsure,
)
from tests.maintenance.factories import NOW, working
from tests.sensors.factories import AssetFactory


@pytest.fixture
def pump(organization):
    return AssetFactory(organization=organization)


@pytest.fixture
def caller(organization):
    return Caller(organization, frozenset(), "Petra")


def test_what_a_person_would_be_asked_joins_a_visit_that_covers_it(pump):
    working(pump.site, "Ana")
    hear(pump)
    asked = unsure(pump)
    assert not Decision.objects.pending().exists()
    assert MaintenanceTask.objects.get().alerts[1] == asked


def test_a_visit_after_the_question_is_due_is_moved_only_if_a_person_says_so(pump, caller):
    away = away_until_thursday(working(pump.site, "Ana"))
    hear(pump)
    away.delete()
    unsure(pump)
    question = Decision.objects.pending().get()
    assert question.question.endswith("Book Ana on Mon 02 Mar 12:00 (UTC)?")
    answer_decision(decision=question, answer="approve", caller=caller, at=NOW)
    settle()
    task = MaintenanceTask.objects.get()
    assert (task.period.lower, len(task.alerts)) == (NOW, 2)


def test_two_questions_about_a_machine_are_one(pump, caller):
    first, second = unsure(pump), unsure(pump, LATER)
    question = Decision.objects.pending().get()
    assert question.alerts == [first, second]
    assert "and 1 more of this machine" in question.question
    working(pump.site, "Ana")
    answer_decision(decision=question, answer="approve", caller=caller, at=LATER)
    settle(LATER)
    assert MaintenanceTask.objects.get().alerts == [first, second]


def test_a_rejection_holds_for_all_that_the_question_lists(pump, caller):
    _, second = unsure(pump), unsure(pump)
    answer_decision(decision=Decision.objects.pending().get(), answer="reject", caller=caller, at=NOW)
    settle()
    assert not Decision.objects.pending().exists()
    assert not MaintenanceTask.objects.exists()
    confirm(second, LATER)
    assert Decision.objects.pending().get().alerts == [second]
    assert "this was rejected" in Decision.objects.pending().get().question


def test_a_deferred_question_is_asked_again_once_there_is_more_to_it(pump, caller):
    unsure(pump)
    answer_decision(decision=Decision.objects.get(), answer="defer", caller=caller, at=NOW)
    unsure(pump, LATER)
    assert len(Decision.objects.waiting(LATER).get().alerts) == 2


def test_a_question_joins_the_visit_that_the_next_alert_leads_to(pump, caller):
    asked = unsure(pump)
    question = Decision.objects.pending().get()
    ana = working(pump.site, "Ana")
    sure = hear(pump, at=LATER)
    assert MaintenanceTask.objects.get().alerts == [sure, asked]
    assert len(mails_to(ana)) == 1
    assert f"Also: {question.title}" in mail.outbox[-1].body
    with pytest.raises(Conflict, match="part of another visit"):
        answer_decision(decision=question, answer="approve", caller=caller, at=LATER)

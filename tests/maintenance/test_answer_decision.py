from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connections

from maintenance.models import Decision, DecisionAnswer, MaintenanceTask, Notification
from maintenance.services import Changes, answer_decision, resume_deferred
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.problems import Conflict, Unprocessable
from smartmaint.events.testing import drain
from tests.accounts.factories import MembershipFactory
from tests.maintenance.factories import NOW, AbsenceFactory, QuestionFactory, working


@pytest.fixture
def planner_caller(organization):
    return Caller.of_membership(MembershipFactory(organization=organization, role="planner"))


@pytest.fixture
def question(organization):
    return QuestionFactory(asset__organization=organization, asset__site__organization=organization)


def settle() -> None:
    with time_machine.travel(NOW, tick=False):
        drain()


def say(question, caller, answer, **more):
    said = answer_decision(decision=question, answer=answer, caller=caller, at=NOW, **more)
    settle()
    return said


def test_approve_books(question, planner_caller):
    working(question.asset.site, "Ana")
    said = say(question, planner_caller, "approve", justification="It squeaks.")
    assert MaintenanceTask.objects.get().decision == question
    assert (said.by, said.actor, said.justification) == (
        planner_caller.user,
        planner_caller.name,
        "It squeaks.",
    )


def test_reject_books_nothing(question, planner_caller):
    working(question.asset.site, "Ana")
    say(question, planner_caller, "reject")
    assert not MaintenanceTask.objects.exists()
    assert Decision.objects.get().status == Decision.Status.REJECTED


def test_approve_books_what_was_proposed_even_after_the_due_time(question, planner_caller):
    working(question.asset.site, "Ana")
    Decision.objects.update(due_at=NOW + timedelta(hours=1))
    say(question, planner_caller, "approve")
    assert MaintenanceTask.objects.get().period.lower == NOW


def test_approve_asks_again_with_the_reason_when_nobody_is_free(question, planner_caller):
    AbsenceFactory(technician=working(question.asset.site, "Ana"))
    Decision.objects.update(due_at=NOW + timedelta(hours=1))
    say(question, planner_caller, "approve")
    again = Decision.objects.pending().get()
    assert again.follows == question
    assert "Ana: is away." in again.reasons


def test_modify_changes_the_work_and_books_it(question, planner_caller):
    working(question.asset.site, "Ana", skills=("vibration",))
    say(question, planner_caller, "modify", changes=Changes(work_hours=3, skill="vibration", action="act"))
    task = MaintenanceTask.objects.get()
    assert task.period.upper - task.period.lower == timedelta(hours=3)
    assert (task.decision.skill, task.decision.action) == ("vibration", "act")


def test_modify_holds_to_the_due_time_that_it_sets(question, planner_caller):
    working(question.asset.site, "Ana")
    say(question, planner_caller, "modify", changes=Changes(due_at=NOW + timedelta(hours=1)))
    assert not MaintenanceTask.objects.exists()
    assert Decision.objects.pending().get().follows == question


def test_modify_to_watch_books_nothing(question, planner_caller):
    say(question, planner_caller, "modify", changes=Changes(action="watch"))
    assert (Decision.objects.get().status, MaintenanceTask.objects.count()) == ("approved", 0)


def test_a_deferred_decision_comes_back_and_asks_again(question, planner_caller):
    say(question, planner_caller, "defer", deferred_until=NOW + timedelta(hours=3))
    assert not Decision.objects.waiting(NOW + timedelta(hours=2)).exists()
    assert resume_deferred(at=NOW + timedelta(hours=2)) == 0
    assert resume_deferred(at=NOW + timedelta(hours=3)) == 1
    settle()
    assert Decision.objects.waiting(NOW + timedelta(hours=3)).get() == question
    assert Notification.objects.filter(subject__startswith="Please decide").exists()


def test_a_deferred_decision_can_be_answered_before_it_comes_back(question, planner_caller):
    working(question.asset.site, "Ana")
    say(question, planner_caller, "defer")
    say(question, planner_caller, "approve")
    assert [said.answer for said in DecisionAnswer.objects.order_by("pk")] == ["defer", "approve"]
    assert resume_deferred(at=NOW + timedelta(days=3)) == 0


@pytest.mark.parametrize("second", ["approve", "reject", "defer", "modify"])
def test_what_is_decided_stays_decided(question, planner_caller, second):
    say(question, planner_caller, "reject")
    with pytest.raises(Conflict, match="rejected already"):
        say(question, planner_caller, second)


@pytest.mark.parametrize(
    ("answer", "more"),
    [
        ("perhaps", {}),
        ("defer", {"deferred_until": NOW}),
        ("modify", {}),
        ("modify", {"changes": Changes(work_hours=0)}),
        ("modify", {"changes": Changes(work_hours=25)}),
        ("modify", {"changes": Changes(skill="alchemy")}),
        ("modify", {"changes": Changes(action="ask")}),
        ("modify", {"changes": Changes(due_at=NOW)}),
    ],
)
def test_answers_that_make_no_sense_change_nothing(question, planner_caller, answer, more):
    with pytest.raises(Unprocessable):
        say(question, planner_caller, answer, **more)
    assert Decision.objects.pending().exists()
    assert not DecisionAnswer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_answers_at_once_one_counts():
    question, barrier = QuestionFactory(), threading.Barrier(8)
    caller = Caller(question.organization, frozenset(), "planner")

    def answer(number: int) -> bool:
        barrier.wait()
        try:
            mine = Decision.objects.get(pk=question.pk)
            answer_decision(decision=mine, answer=["approve", "reject"][number % 2], caller=caller, at=NOW)
        except Conflict:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(answer, range(8))) == DecisionAnswer.objects.count() == 1

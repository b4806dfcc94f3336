"""What people do with an alert: acknowledge, resolve, comment, assign."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anomalies.models import Alert
from anomalies.services import acknowledge_alert, assign_alert, comment_alert, resolve_alert
from anomalies.states import TRANSITIONS, NotAllowed, next_state
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.problems import Conflict, Unprocessable
from smartmaint.events.models import EventRecord
from tests.accounts.factories import MembershipFactory
from tests.anomalies.factories import STARTED, AlertFactory

State = Alert.State
LATER = STARTED + timedelta(minutes=9)


@pytest.fixture
def ana(organization):
    return Caller.of_membership(MembershipFactory(organization=organization, user__username="ana"))


@pytest.fixture
def alert(organization):
    return AlertFactory(asset__organization=organization)


def told():
    return list(EventRecord.objects.order_by("published_at").values_list("name", "payload__change"))


def test_an_acknowledgement_is_kept_with_who_when_and_why(alert, ana):
    acknowledge_alert(alert=alert, caller=ana, reason="On my way.", at=LATER)
    step = alert.transitions.get()
    assert (step.by, step.actor, step.at, step.reason) == (ana.user, "ana", LATER, "On my way.")
    assert (step.from_state, step.to_state) == ("unacknowledged", "acknowledged")
    assert told() == [("anomalies.AlertUpdated", "acknowledged")]


def test_it_cannot_be_acknowledged_twice(alert, ana):
    acknowledge_alert(alert=alert, caller=ana, reason="", at=LATER)
    with pytest.raises(Conflict, match="acknowledged already"):
        acknowledge_alert(alert=alert, caller=ana, reason="", at=LATER)
    assert alert.transitions.count() == 1


def test_acknowledging_what_is_back_to_normal_closes_it(organization, ana):
    alert = AlertFactory(asset__organization=organization, state=State.RTN_UNACKNOWLEDGED, ended_at=STARTED)
    acknowledge_alert(alert=alert, caller=ana, reason="", at=LATER)
    alert.refresh_from_db()
    assert (alert.state, alert.closed_at) == (State.NORMAL, LATER)


@pytest.mark.parametrize("state", ["unacknowledged", "acknowledged", "rtn_unacknowledged"])
def test_resolving_closes_it_from_any_open_state(organization, ana, state):
    alert = AlertFactory(asset__organization=organization, state=state)
    resolve_alert(alert=alert, caller=ana, reason="Bearing replaced.", at=LATER)
    alert.refresh_from_db()
    assert (alert.state, alert.closed_at, alert.ended_at) == (State.NORMAL, LATER, alert.latest_at)
    assert told() == [("anomalies.AlertEnded", None)]


def test_a_false_alarm_is_remembered_as_one(alert, ana):
    resolve_alert(alert=alert, caller=ana, reason="Nothing there.", at=LATER, false_alarm=True)
    assert alert.transitions.get().action == "resolved_as_false"


def test_resolving_needs_a_reason_and_an_open_alert(alert, ana):
    with pytest.raises(Unprocessable):
        resolve_alert(alert=alert, caller=ana, reason=" ", at=LATER)
    resolve_alert(alert=alert, caller=ana, reason="Done.", at=LATER)
    with pytest.raises(Conflict, match="closed"):
        resolve_alert(alert=alert, caller=ana, reason="Done.", at=LATER)


def test_a_comment_keeps_the_state_and_fits_a_closed_alert_too(organization, ana):
    alert = AlertFactory(asset__organization=organization, state=State.NORMAL)
    comment_alert(alert=alert, caller=ana, text="Same as in May.", at=LATER)
    step = alert.transitions.get()
    assert (step.action, step.reason, alert.state) == ("commented", "Same as in May.", State.NORMAL)
    with pytest.raises(Unprocessable):
        comment_alert(alert=alert, caller=ana, text="", at=LATER)


def test_it_is_assigned_to_a_member_or_to_nobody(alert, ana):
    assign_alert(alert=alert, caller=ana, to=ana.user, at=LATER)
    alert.refresh_from_db()
    assert alert.assigned_to == ana.user
    assign_alert(alert=alert, caller=ana, to=None, at=LATER)
    assert [step.reason for step in alert.transitions.order_by("pk")] == ["to ana", "to nobody"]


def test_it_is_not_assigned_to_a_stranger_and_not_once_closed(alert, ana, other_organization):
    stranger = MembershipFactory(organization=other_organization).user
    with pytest.raises(Unprocessable):
        assign_alert(alert=alert, caller=ana, to=stranger, at=LATER)
    closed = AlertFactory(asset__organization=alert.organization, state=State.NORMAL)
    with pytest.raises(Conflict):
        assign_alert(alert=closed, caller=ana, to=ana.user, at=LATER)
    closed.refresh_from_db()
    assert closed.assigned_to is None


@pytest.mark.parametrize("action", sorted(set(TRANSITIONS) - {"raised", "recorded"}))
def test_no_action_makes_a_new_alert_of_nothing(action):
    with pytest.raises(NotAllowed):
        next_state("", action)


def test_nothing_but_remarks_late_verdicts_and_late_readings_touch_what_is_closed():
    allowed = {action for action, row in TRANSITIONS.items() if "normal" in row}
    assert allowed == {"commented", "confirmed", "dismissed", "extended"}
    assert {TRANSITIONS[action]["normal"] for action in allowed} == {"normal"}

from __future__ import annotations

import json

import pytest

from anomalies.models import Alert
from tests.anomalies.factories import AlertFactory
from tests.pages.conftest import raised


def events_of(answer) -> dict:
    return json.loads(answer["HX-Trigger"])


@pytest.fixture
def address(plant) -> str:
    return f"/alerts/{plant.alert.pk}/"


def test_the_list_counts_states_and_priorities(operator, plant):
    raised(plant.asset, plant.sensor, cause="limit_exceeded", priority=1, state="acknowledged")
    raised(plant.asset, plant.sensor, priority=3, state="normal")
    context = operator.get("/alerts/").context
    numbers = {tab.key: tab.number for tab in context["states"]}
    assert numbers == {
        "open": 2,
        "unacknowledged": 1,
        "acknowledged": 1,
        "closed": None,
        "dismissed": None,
        "history": None,
    }
    assert [tab.number for tab in context["priorities"]] == [1, 1, 0, 0]
    closed = operator.get("/alerts/?state=closed").context
    assert {tab.number for tab in closed["priorities"]} == {None}


@pytest.mark.parametrize(
    ("number", "shown"), [("", 50), ("2", 1), ("3", 0), ("x", 50), ("0", 50), ("9" * 20, 50)]
)
def test_a_long_list_goes_on_for_as_long_as_there_is_more(operator, plant, number, shown):
    closed = AlertFactory.build_batch(51, asset=plant.asset, state="normal", verdict="confirmed")
    Alert.objects.bulk_create(closed)
    answer = operator.get(f"/alerts/?state=closed&page={number}")
    page = answer.context["page"]
    assert (len(page.alerts), page.has_next) == (shown, shown == 50)
    assert ("Older</a>" in answer.content.decode()) == page.has_next


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 2),
        ("?priority=1", 1),
        ("?state=acknowledged", 1),
        ("?q=strange", 1),
        ("?asset=0", 0),
        ("?state=x", 2),
    ],
)
def test_filters_stand_in_the_address(operator, plant, query, found):
    raised(
        plant.asset, plant.sensor, cause="limit_exceeded", priority=1, state="acknowledged", summary="strange"
    )
    assert len(operator.get(f"/alerts/{query}").context["page"].alerts) == found


def test_an_empty_list_names_the_last_alarm(operator, plant, address):
    operator.post(f"{address}resolve/", {"reason": "tightened"})
    page = operator.get("/alerts/").content.decode()
    assert "Nothing is wrong." in page
    assert f'href="{address}"' in page


def test_dismissed_alerts_wait_apart(operator, plant):
    raised(plant.asset, plant.sensor, cause="limit_exceeded", verdict="dismissed")
    assert len(operator.get("/alerts/").context["page"].alerts) == 1
    assert len(operator.get("/alerts/?state=dismissed").context["page"].alerts) == 1


def test_acknowledging_on_the_row_answers_with_the_row(operator, plant, address, htmx):
    answer = operator.post(f"{address}acknowledge/", headers=htmx)
    assert 'data-state="acknowledged"' in answer.content.decode()
    assert "Acknowledge</button>" not in answer.content.decode()
    assert {"toast", "refresh"} <= set(events_of(answer))


def test_acknowledging_twice_is_told_and_changes_nothing(operator, plant, address, htmx):
    operator.post(f"{address}acknowledge/")
    answer = operator.post(f"{address}acknowledge/", headers=htmx)
    assert answer.status_code == 409
    assert "acknowledged already" in answer.json()["detail"]
    page = operator.post(f"{address}acknowledge/")
    assert (page.status_code, page.templates[0].name) == (409, "error.html")


def test_those_ticked_are_acknowledged_together(operator, plant, htmx):
    other = raised(plant.asset, plant.sensor, cause="limit_exceeded", state="acknowledged")
    ticked = {"alert": [plant.alert.pk, other.pk, "nonsense"]}
    answer = operator.post("/alerts/acknowledge/", ticked, headers=htmx)
    assert events_of(answer)["toast"]["text"] == "1 acknowledged."
    assert not Alert.objects.filter(state="unacknowledged").exists()


def test_a_viewer_may_not_act(viewer, plant, address):
    assert viewer.post(f"{address}acknowledge/").status_code == 403
    assert "Resolve</button>" not in viewer.get(address).content.decode()


def test_the_detail_tells_sentence_evidence_verdict_and_trace(operator, plant, address):
    page = operator.get(address).content.decode()
    for words in (plant.alert.summary, "Confirmed", "90 %", f"/trace/{plant.alert.correlation_id}/"):
        assert words in page
    assert f'hx-get="{address}work/"' in page


def test_resolving_wants_a_reason(operator, plant, address, htmx):
    answer = operator.post(f"{address}resolve/", {"reason": " "}, headers={**htmx, "HX-Target": "alert"})
    assert answer.status_code == 422
    assert "Say why it is resolved." in answer.content.decode()
    plant.alert.refresh_from_db()
    assert plant.alert.is_open


def test_a_comment_stands_in_the_history(operator, plant, address, htmx):
    answer = operator.post(
        f"{address}comment/", {"text": "On my way."}, headers={**htmx, "HX-Target": "alert"}
    )
    assert "On my way." in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_only_members_can_look_after_an_alert(operator, outsider, plant, address, htmx):
    assert operator.post(f"{address}assign/", {"person": outsider.user.pk}, headers=htmx).status_code == 422
    operator.post(f"{address}assign/", {"person": operator.user.pk}, headers=htmx)
    plant.alert.refresh_from_db()
    assert plant.alert.assigned_to == operator.user


def test_an_alert_shows_what_it_led_to(operator, plant, address, htmx):
    part = operator.get(f"{address}work/", headers=htmx).content.decode()
    for words in ("no limit set", plant.decision.question, plant.task.title, "Rosa Almeida"):
        assert words in part


def test_another_organizations_alert_is_not_there(outsider, plant, address):
    assert outsider.get(address).status_code == 404
    assert outsider.post(f"{address}acknowledge/").status_code == 404
    assert outsider.get(f"{address}work/").status_code == 404

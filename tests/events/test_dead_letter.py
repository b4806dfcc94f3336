"""Settling dead letters on the System page and in the admin."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from smartmaint.events.models import Delivery
from smartmaint.events.testing import drain

LIST = "/admin/events/deadletter/"


def state(letter: Delivery) -> str:
    letter.refresh_from_db()
    return letter.state


@pytest.mark.parametrize(("deed", "then"), [("replay", "waiting"), ("discard", "discarded")])
def test_an_administrator_settles_it_on_the_system_page(admin, dead_letter, deed, then):
    answer = admin.post(reverse(f"dead-letter-{deed}", args=[dead_letter.pk]))
    assert (answer.status_code, answer["Location"]) == (302, "/system/")
    assert state(dead_letter) == then
    assert LogEntry.objects.get().user == admin.user


def test_a_replayed_letter_takes_effect(admin, dead_letter):
    admin.post(reverse("dead-letter-replay", args=[dead_letter.pk]))
    drain()
    assert state(dead_letter) == Delivery.State.DONE


def test_nobody_else_settles_it(planner, outsider, dead_letter):
    address = reverse("dead-letter-discard", args=[dead_letter.pk])
    assert planner.post(address).status_code == 403
    assert outsider.post(address).status_code == 404
    assert state(dead_letter) == Delivery.State.DEAD


def test_it_is_settled_by_post_only(admin, dead_letter):
    assert admin.get(reverse("dead-letter-discard", args=[dead_letter.pk])).status_code == 405


def test_the_admin_asks_before_it_settles(admin, dead_letter):
    form = {"action": "discard_letters", "_selected_action": [dead_letter.pk]}
    answer = admin.post(LIST, form)
    assert "no such pump" in answer.content.decode()
    assert state(dead_letter) == Delivery.State.DEAD
    admin.post(LIST, form | {"confirmed": "1"})
    assert state(dead_letter) == Delivery.State.DISCARDED


def test_the_admin_replays(admin, dead_letter):
    admin.post(LIST, {"action": "replay_letters", "_selected_action": [dead_letter.pk], "confirmed": "1"})
    assert state(dead_letter) == Delivery.State.WAITING


def test_the_admin_shows_a_letter_and_lets_nobody_change_it(admin, dead_letter):
    address = f"{LIST}{dead_letter.pk}/change/"
    page = admin.get(address).content.decode()
    assert "no such pump" in page
    assert 'name="_save"' not in page
    admin.post(address, {"error": "all is well"})
    dead_letter.refresh_from_db()
    assert dead_letter.error == "ValueError: no such pump"


def test_the_admin_of_another_organization_sees_none(outsider, dead_letter):
    assert "no such pump" not in outsider.get(LIST).content.decode()
    form = {"action": "discard_letters", "_selected_action": [dead_letter.pk], "confirmed": "1"}
    outsider.post(LIST, form)
    assert state(dead_letter) == Delivery.State.DEAD

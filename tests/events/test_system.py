from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from smartmaint.events.models import Delivery
from smartmaint.events.overview import load_overview
from smartmaint.events.testing import drain
from tests.events.conftest import answer, messages_due

PAGE = "/system/"


def state_of_agent(organization, name="events.answer", at=None):
    overview = load_overview(organization=organization, at=at or timezone.now())
    return next(agent for stage in overview.stages for agent in stage.agents if agent.name == name)


def test_it_tells_of_each_agent_what_it_did_and_what_waits(organization, say, listen):
    listen(answer)
    say(1, 2)
    drain()
    say(3)
    messages_due()
    agent = state_of_agent(organization, at=timezone.now() + timedelta(seconds=90))
    assert (agent.recent, agent.waiting, agent.dead, agent.queue) == (2, 1, 0, "default")
    assert 90 <= agent.oldest_s < 120
    assert agent.last_run is not None
    assert not agent.flows


def test_it_counts_only_the_last_ten_minutes(organization, say, listen):
    listen(answer)
    say(1)
    drain()
    assert state_of_agent(organization, at=timezone.now() + timedelta(minutes=11)).recent == 0


def test_it_reads_no_more_queries_when_there_is_more_to_tell(
    organization, say, listen, django_assert_num_queries
):
    listen(answer)
    say(*range(30))
    messages_due()
    Delivery.objects.update(state=Delivery.State.DEAD, error="x", finished_at=timezone.now())
    with django_assert_num_queries(4):
        load_overview(organization=organization, at=timezone.now())


def test_another_organization_sees_nothing_of_it(other_organization, dead_letter):
    overview = load_overview(organization=other_organization, at=timezone.now())
    assert (overview.letter_count, state_of_agent(other_organization).dead) == (0, 0)


def test_all_flows_when_nothing_is_wrong(viewer):
    page = viewer.get(PAGE).content.decode()
    assert "All flows" in page
    assert "on alert raised, alert updated" in page
    assert "Nothing to do yet" in page


def test_a_dead_letter_stands_there_with_its_error(viewer, dead_letter):
    page = viewer.get(PAGE).content.decode()
    assert "ValueError: no such pump" in page
    assert "All flows" not in page


def test_only_an_administrator_is_offered_to_settle_it(viewer, admin, dead_letter):
    address = reverse("dead-letter-replay", args=[dead_letter.pk])
    assert address not in viewer.get(PAGE).content.decode()
    assert address in admin.get(PAGE).content.decode()


def test_htmx_gets_only_the_part_it_asks_for(viewer, dead_letter):
    answer = viewer.get(PAGE, {"part": "letters"}, headers={"HX-Request": "true"}).content.decode()
    assert answer.strip().startswith("<section")
    assert 'id="chain"' not in answer

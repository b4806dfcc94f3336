"""The quarantine's pages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from sensors.models import QuarantinedReading, Reading
from tests.sensors.factories import QuarantinedReadingFactory, SensorFactory

GOOD = {"sensor_id": "P-1.flow", "value": 1, "timestamp": "2026-03-02T11:00:00Z"}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def refused(organization):
    now = timezone.now()
    old = QuarantinedReadingFactory(organization=organization, sensor_code="P-1.flow", payload=GOOD)
    new = QuarantinedReadingFactory(
        organization=organization, sensor_code="P-2.flow", code="future", received_at=now
    )
    return old, new


def text_of(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_shows_reason_value_and_age(viewer, organization, refused):
    text = text_of(viewer, "/quarantine/")
    assert all(words in text for words in ("P-1.flow", "got text", "high"))
    assert re.search(r'href="\?code=future"\s*>future <span class="quiet">1<', text)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("code=future", {"P-2.flow"}),
        ("sensor=P-1.flow", {"P-1.flow"}),
        ("since=1h", {"P-2.flow"}),
        ("sensor=P-1.flow&code=future", set()),
        ("state=discarded", set()),
        ("state=nonsense&since=never", {"P-1.flow", "P-2.flow"}),
        ("code=%00", {"P-1.flow", "P-2.flow"}),
        ("before=x", {"P-1.flow", "P-2.flow"}),
        ("before=99999999999999999999", {"P-1.flow", "P-2.flow"}),
    ],
)
def test_the_address_says_what_is_shown(viewer, refused, query, shown):
    found = re.findall(r'class="row-title"[^>]*>([^<]+)<', text_of(viewer, f"/quarantine/?{query}"))
    assert set(found) == shown


def test_it_shows_nothing_of_others(outsider, refused):
    assert "P-1.flow" not in text_of(outsider, "/quarantine/")


def test_it_turns_the_page_without_counting(viewer, organization):
    QuarantinedReadingFactory.create_batch(51, organization=organization)
    first = text_of(viewer, "/quarantine/")
    assert first.count("data-row") == 50
    older = re.search(r'rel="next" href="\?&amp;(before=\d+)"', first).group(1)
    assert text_of(viewer, f"/quarantine/?{older}").count("data-row") == 1


def test_who_may_only_read_gets_no_buttons(viewer, admin, refused):
    address = f"/quarantine/{refused[0].pk}/"
    for where in ("/quarantine/", address):
        assert "Send again" in text_of(admin, where)
        assert "Send again" not in text_of(viewer, where)
    assert viewer.post("/quarantine/resubmit/", {"reading": refused[0].pk}).status_code == 403


def test_what_is_ticked_is_sent_again(admin, refused):
    ids = [row.pk for row in refused]
    answer = admin.post("/quarantine/resubmit/", {"reading": [*ids, "x", "9" * 40]}, headers=HTMX)
    assert "1 stored, 1 refused again." in answer.content.decode()
    assert Reading.objects.get().sensor.code == "P-1.flow"


def test_without_script_it_is_told_on_the_list(admin, refused):
    answer = admin.post("/quarantine/resubmit/?code=value", {"reading": refused[0].pk}, follow=True)
    assert answer.redirect_chain == [("/quarantine/?code=value", 302)]
    assert "1 stored." in answer.content.decode()


def test_a_discard_needs_a_reason_and_can_be_undone(admin, refused):
    ticked = {"reading": refused[0].pk}
    assert "Say why" in admin.post("/quarantine/discard/", ticked, headers=HTMX).content.decode()
    answer = admin.post("/quarantine/discard/", {**ticked, "reason": "test rig"}, headers=HTMX)
    assert "1 discarded." in answer.content.decode()
    assert "P-1.flow" in text_of(admin, "/quarantine/?state=discarded")
    step = refused[0].transitions.get()
    assert (step.actor, step.by, step.reason) == ("admin-of-acme", admin.user, "test rig")
    undo = re.findall(r'type="hidden" name="reading" value="(\d+)"', answer.content.decode())
    admin.post("/quarantine/restore/", {"reading": undo}, headers=HTMX)
    assert QuarantinedReading.objects.waiting().count() == 2


def test_another_organizations_readings_stay_untouched(outsider, refused):
    everything = {"reading": refused[0].pk, "reason": "mine now"}
    for deed in ("resubmit", "discard"):
        outsider.post(f"/quarantine/{deed}/", everything)
    assert QuarantinedReading.objects.waiting().filter(attempts=0).count() == 2


def test_a_reading_is_corrected_by_hand(admin, organization):
    SensorFactory(organization=organization, code="P-1", unit="bar")
    sent = {"sensor_id": "P-1", "value": "1,5", "units": "kPa", "metadata": {"line": 3}}
    row = QuarantinedReadingFactory(organization=organization, sensor_code="P-1", payload=sent)
    assert "the sensor&#x27;s: bar" in text_of(admin, f"/quarantine/{row.pk}/").replace("'", "&#x27;")
    fields = {"sensor_id": "P-1", "value": "150.5", "unit": "kPa"}
    answer = admin.post(f"/quarantine/{row.pk}/resubmit/", fields, follow=True)
    assert "Stored" in answer.content.decode()
    assert Reading.objects.get().value == pytest.approx(1.505)
    row.refresh_from_db()
    assert row.correction == {"sensor_id": "P-1", "value": 150.5, "unit": "kPa", "metadata": {"line": 3}}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value": "1,5"}, "Expected a number, got text"),
        ({"value": "nan"}, "Expected a number, got text"),
        ({"value": ""}, "This field is required."),
        ({"value": "1", "unit": "degC"}, "measures in bar"),
        ({"value": "1", "quality": "7"}, "not between 0 and 1"),
        ({"value": "1", "timestamp": "2026-03-02T12:00:00"}, "timezone"),
    ],
)
def test_a_correction_that_does_not_help_says_why(admin, organization, fields, words):
    SensorFactory(organization=organization, code="P-1", unit="bar")
    row = QuarantinedReadingFactory(organization=organization, sensor_code="P-1")
    answer = admin.post(f"/quarantine/{row.pk}/resubmit/", {"sensor_id": "P-1", **fields})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert QuarantinedReading.objects.waiting().get() == row


def test_all_that_fit_are_sent_in_pieces(admin, organization, monkeypatch):
    monkeypatch.setattr("sensors.forms.PIECE", 2)
    rows = [
        QuarantinedReadingFactory(organization=organization, payload={**GOOD, "sensor_id": f"P-{n}"})
        for n in range(3)
    ]
    start = {"deed": "resubmit", "after": 0, "upto": rows[-1].pk, "total": 3, "done": 0, "stored": 0}
    first = admin.post("/quarantine/piece/", start, headers=HTMX)
    assert "2 of 3: 2 stored, 0 refused again." in first.content.decode()
    assert (Reading.objects.count(), "HX-Trigger-After-Settle" in first) == (2, False)
    go_on = {**start, "after": rows[1].pk, "done": 2, "stored": 2}
    last = admin.post("/quarantine/piece/", go_on, headers=HTMX)
    assert "Done: 3 stored, 0 refused again." in last.content.decode()
    assert (Reading.objects.count(), "quarantine" in last["HX-Trigger-After-Settle"]) == (3, True)


def test_all_of_a_reason_are_discarded_and_no_others(admin, refused):
    piece = {"deed": "discard", "after": 0, "upto": 2**62, "total": 1, "done": 0, "stored": 0}
    assert admin.post("/quarantine/piece/?code=future", piece).status_code == 400
    answer = admin.post("/quarantine/piece/?code=future", {**piece, "reason": "bad clock"})
    assert "Done: 1 discarded." in answer.content.decode()
    assert QuarantinedReading.objects.waiting().get() == refused[0]


def test_a_discarded_reading_can_be_put_back_from_its_page(admin, refused):
    row = refused[0]
    admin.post("/quarantine/discard/", {"reading": row.pk, "reason": "test rig"})
    assert "Put back on the list" in text_of(admin, f"/quarantine/{row.pk}/")
    admin.post("/quarantine/restore/", {"reading": row.pk})
    text = text_of(admin, f"/quarantine/{row.pk}/")
    assert "Discarded</strong>: discarded" in text
    assert "Restored</strong>: waiting" in text


def test_old_news_is_not_shown_as_new(viewer, organization):
    at = timezone.now() - timedelta(days=8)
    QuarantinedReadingFactory(organization=organization, received_at=at)
    assert "No reading fits." in text_of(viewer, "/quarantine/?since=7d")

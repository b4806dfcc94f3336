"""Many workers at once, each with a connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from anomalies.feed import append_entries
from anomalies.models import Alert, FeedEntry
from anomalies.services import acknowledge_alert, end_alert, raise_alert, validate_alert
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.problems import Conflict
from smartmaint.events.models import EventRecord
from tests.anomalies.factories import STARTED, AlertFactory, finding
from tests.sensors.factories import SensorFactory

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(work: Callable[[int], object], times: int, *, workers: int = 12) -> list[object]:
    """Run the work many times on threads that keep their connections, and close those at the end."""

    def share(worker: int) -> list[object]:
        try:
            return [work(number) for number in range(worker, times, workers)]
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        return [answer for answers in pool.map(share, range(workers)) for answer in answers]


def test_a_thousand_identical_findings_at_once_open_one_alert():
    sensor = SensorFactory()
    found = finding(sensor.asset, sensor)
    alerts = at_once(lambda _: raise_alert(finding=found, at=STARTED).pk, 1000)
    assert len(alerts) == 1000
    assert set(alerts) == {Alert.objects.get().pk}
    assert EventRecord.objects.filter(name="anomalies.AlertRaised").count() == 1
    assert Alert.objects.get().transitions.count() == 1


def test_one_of_many_acknowledgements_counts():
    alert = AlertFactory()
    caller = Caller(alert.organization, frozenset(), "tester")

    def acknowledge(_: int) -> bool:
        try:
            acknowledge_alert(alert=Alert.objects.get(), caller=caller, reason="", at=STARTED)
        except Conflict:
            return False
        return True

    assert sum(at_once(acknowledge, 48)) == 1
    assert alert.transitions.count() == 1


def has_a_whole_history(alert: Alert) -> bool:
    """Tell whether each step starts where the one before ended, and the last leads to the present state."""
    steps = list(alert.transitions.order_by("pk").values_list("from_state", "to_state"))
    return [before for before, _ in steps] + [alert.state] == ["", *(after for _, after in steps)]


def test_raising_ending_judging_and_acknowledging_at_once_keeps_the_history_whole():
    sensor = SensorFactory()
    caller = Caller(sensor.organization, frozenset(), "tester")
    same = {"asset_id": sensor.asset_id, "cause": "abnormal_behaviour", "subject_sensor_id": None}

    def step(number: int) -> None:
        at = STARTED + timedelta(seconds=number)
        alert = raise_alert(finding=finding(sensor.asset, sensor, latest_at=at), at=at)
        validate_alert(alert=alert, at=at)
        end_alert(organization_id=sensor.organization_id, **same, ended_at=at, at=at)
        try:
            acknowledge_alert(alert=alert, caller=caller, reason="", at=at)
        except Conflict:
            return

    at_once(step, 200, workers=8)
    assert Alert.objects.open().count() <= 1
    assert all(has_a_whole_history(alert) for alert in Alert.objects.all())


def test_feed_numbers_never_show_a_hole_to_a_reader():
    alert = AlertFactory()

    def append_and_look(number: int) -> list[int]:
        entry = FeedEntry(type="alert.updated", alert_id=alert.pk, body={}, at=STARTED)
        with transaction.atomic():
            append_entries(organization_id=alert.organization_id, entries=[entry])
            transaction.set_rollback(number % 3 == 0)
        return list(FeedEntry.objects.order_by("seq").values_list("seq", flat=True))

    for seen in at_once(append_and_look, 300):
        assert seen == list(range(1, len(seen) + 1))
    assert FeedEntry.objects.count() == 200

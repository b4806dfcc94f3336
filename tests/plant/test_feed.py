from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from smartmaint.embedded import gateway as gateway_module
from smartmaint.embedded.enrolment import enrol_plant
from smartmaint.embedded.feed import begin_of_script, first_tick, run_feed, stored_readings
from smartmaint.embedded.gateway import Gateway, Refused, Stopped, connect
from smartmaint.embedded.plant.simulator import Plant
from tests.plant.product import DROP_AFTER, DROP_BEFORE, Product, serving

AT = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
PLANT = Plant(seed=1, origin=AT)
CODES = {sensor.code for sensor in PLANT.sensors}


@pytest.fixture
def product() -> Iterator[Product]:
    with serving() as product:
        yield product


@pytest.fixture
def gateway(product: Product, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    monkeypatch.setattr(gateway_module, "FIRST_WAIT", 0.001)
    with connect(product.url, "secret") as client:
        yield Gateway(client, Event())


def run_until(gateway: Gateway, first: int, last: int) -> None:
    """Run the feed with the clock at tick `last`, until it would wait for the next."""

    class OneWait(Event):
        def wait(self, timeout: float | None = None) -> bool:
            self.set()
            return True

    gateway.stopping = OneWait()
    run_feed(PLANT, gateway, tick=first, clock=lambda: PLANT.moment_of(last))


def sent_ticks(product: Product) -> list[int]:
    times = {datetime.fromisoformat(moment) for _, moment in product.readings}
    assert len(product.readings) == len(times) * len(CODES)
    return sorted(PLANT.tick_at(moment) for moment in times)


def test_it_sends_every_tick_in_batches_that_the_api_takes(product, gateway):
    now = PLANT.tick_at(AT)
    run_until(gateway, now - 1500, now)
    assert sent_ticks(product) == list(range(now - 1500, now + 1))
    assert max(len(sent["readings"]) for sent, _ in product.answers.values()) <= 10_000


@pytest.mark.parametrize("mishap", [429, 503, 500, 409, DROP_BEFORE, DROP_AFTER])
def test_it_sends_again_with_the_same_key_until_it_is_acknowledged(product, gateway, mishap):
    product.mishaps = [mishap, mishap]
    answer = gateway.post_readings([{"sensor_id": "x", "timestamp": "2026-11-20T05:00:00Z", "value": 1.0}])
    assert answer["accepted"] == 1
    assert len(product.keys) == 3
    assert len(set(product.keys)) == 1


def test_it_waits_as_long_as_it_is_asked_to(product, gateway, monkeypatch):
    waits = []
    monkeypatch.setattr(gateway.stopping, "wait", waits.append)
    monkeypatch.setattr(gateway, "_try", lambda *_: answers.pop(0))
    answers = [gateway_module.httpx.Response(503, headers={"Retry-After": "3"})]
    answers.append(gateway_module.httpx.Response(200, json={}))
    gateway.call("GET", "sites/")
    assert waits == [3.0]


def test_it_does_not_repeat_what_the_product_refuses(product, gateway):
    product.mishaps = [422]
    with pytest.raises(Refused, match="422"):
        gateway.post_readings([])
    assert len(product.keys) == 1


def test_it_gives_up_waiting_when_it_is_told_to_stop(product, gateway):
    product.mishaps = [503] * 100
    gateway.stopping.set()
    with pytest.raises(Stopped):
        gateway.post_readings([])


def test_after_a_restart_it_goes_on_behind_the_newest_stored_reading(product, gateway):
    now = PLANT.tick_at(AT)
    enrol_plant(gateway, interval=5.0)
    run_until(gateway, now - 100, now)
    stored = stored_readings(gateway, CODES)
    later = PLANT.moment_of(now + 50)
    assert first_tick(PLANT, stored, at=later, history=timedelta(hours=1)) == now + 1


def test_it_fills_no_more_than_the_history_after_a_long_absence(product, gateway):
    enrol_plant(gateway, interval=5.0)
    run_until(gateway, PLANT.tick_at(AT), PLANT.tick_at(AT))
    stored = stored_readings(gateway, CODES)
    later = AT + timedelta(days=30)
    tick = first_tick(PLANT, stored, at=later, history=timedelta(hours=1))
    assert PLANT.moment_of(tick) == later - timedelta(hours=1)


def test_a_sensor_without_readings_brings_the_whole_history(product, gateway):
    enrol_plant(gateway, interval=5.0)
    stored = stored_readings(gateway, CODES)
    tick = first_tick(PLANT, stored, at=AT, history=timedelta(hours=2))
    assert PLANT.moment_of(tick) == AT - timedelta(hours=2)


def test_a_restart_does_not_move_the_script(product, gateway):
    history, at = timedelta(minutes=10), AT + timedelta(seconds=3)
    enrol_plant(gateway, interval=5.0)
    origin = begin_of_script(stored_readings(gateway, CODES), at=at, history=history, interval=5.0)
    run_until(gateway, PLANT.tick_at(at - history), PLANT.tick_at(at))
    later = {"at": at + timedelta(hours=5), "history": history, "interval": 5.0}
    assert begin_of_script(stored_readings(gateway, CODES), **later) == origin


def test_it_enrols_each_machine_and_sensor_once(product, gateway):
    enrol_plant(gateway, interval=5.0)
    enrol_plant(gateway, interval=5.0)
    assert [site["timezone"] for site in product.lists["sites/"]] == ["America/Sao_Paulo"]
    assert {sensor["code"] for sensor in product.lists["sensors/"]} == CODES
    assert len(product.lists["sensors/"]) == len(CODES)


def test_it_leaves_alone_what_people_changed(product, gateway):
    enrol_plant(gateway, interval=5.0)
    product.lists["sensors/"][0]["upper_limit"] = 4.5
    enrol_plant(gateway, interval=5.0)
    assert product.lists["sensors/"][0]["upper_limit"] == 4.5

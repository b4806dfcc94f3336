"""Readers that go away, fall behind, or live without Redis."""

from __future__ import annotations

import asyncio
import json
import random
import threading

import pytest
from django.db import OperationalError, connection
from websockets.exceptions import InvalidStatus

from anomalies import consumers, feed
from anomalies.feed import append_entries
from anomalies.live import nudge
from anomalies.models import FeedEntry
from tests.anomalies.factories import STARTED, AlertFactory
from tests.anomalies.sockets import ROWS, close_code, frame, give_token, listen, remark

DEAD_REDIS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": ["unix:///nowhere/redis.sock"]},
    }
}


@pytest.fixture
def alert(organization):
    give_token(organization)
    return AlertFactory(asset__organization=organization, verdict="confirmed")


def append(alert, count, size=0):
    body = {"alert": {"id": alert.pk}, "filling": "x" * size}
    entries = [
        FeedEntry(type="alert.updated", alert_id=alert.pk, body=body, at=STARTED) for _ in range(count)
    ]
    append_entries(organization_id=alert.organization_id, entries=entries)
    nudge(alert.organization_id)


def append_slowly(alert, count):
    try:
        for _ in range(count):
            append(alert, 1)
    finally:
        connection.close()


def test_a_hundred_disconnects_while_the_feed_grows_miss_nothing_and_repeat_nothing(server, alert):
    total, seen, chance = 400, [], random.Random(7)
    writer = threading.Thread(target=append_slowly, args=(alert, total))
    writer.start()
    connections = 0
    while len(seen) < total:
        connections += 1
        with listen(server, query=f"after={len(seen)}") as socket:
            for _ in range(min(chance.randint(0, 8), total - len(seen))):
                seen.append(frame(socket)["seq"])
    writer.join()
    assert seen == list(range(1, total + 1))
    assert connections >= 50


class SlowReader:
    """Holds back what the server sends, as a reader does that takes nothing."""

    def __init__(self, monkeypatch):
        self.waits, self.reads = threading.Event(), threading.Event()
        original = consumers.AlertSocket.send_text

        async def send_text(socket, text):
            self.waits.set()
            while not self.reads.is_set():
                await asyncio.sleep(0.01)
            await original(socket, text)

        monkeypatch.setattr(consumers.AlertSocket, "send_text", send_text)


def test_a_reader_that_falls_far_behind_is_told_to_resync(server, alert, monkeypatch):
    monkeypatch.setattr(consumers, "FAR_BEHIND", 30)
    for module in (consumers, feed):
        monkeypatch.setattr(module, "PAGE", 20)
    with listen(server) as socket:
        append(alert, 1)
        assert frame(socket)["seq"] == 1
        reader = SlowReader(monkeypatch)
        append(alert, 20)
        assert reader.waits.wait(60)
        append(alert, 100)
        reader.reads.set()
        page = [frame(socket)["seq"] for _ in range(20)]
        assert page == list(range(2, 22))
        assert frame(socket) == {"type": "resync", "seq": 121}
        append(alert, 1)
        assert frame(socket)["seq"] == 122


def test_a_reader_that_stops_reading_is_dropped(server, alert, monkeypatch):
    monkeypatch.setattr(consumers, "PATIENCE", 0.2)
    with listen(server, max_queue=1, max_size=None, compression=None) as socket:
        append(alert, 30, size=1_000_000)
        gone = threading.Event()
        original = consumers.AlertSocket.close

        async def close(self, code):
            await original(self, code)
            gone.set()

        monkeypatch.setattr(consumers.AlertSocket, "close", close)
        assert gone.wait(60)
        socket.close_socket()


def test_without_redis_changes_are_kept_and_arrive_within_seconds(server, alert, settings):
    settings.CHANNEL_LAYERS = DEAD_REDIS
    with listen(server) as socket:
        remark(alert, "Redis is away.")
        assert FeedEntry.objects.count() == 1
        assert frame(socket)["change"] == "commented"


def page(server, client, query=""):
    cookie = {"Cookie": f"sessionid={client.cookies['sessionid'].value}"}
    return listen(server, ROWS, token=None, headers=cookie, origin=f"http://{server.address}", query=query)


def test_a_page_gets_the_row_that_the_list_shows(server, viewer, alert):
    with page(server, viewer) as socket:
        remark(alert, "Looked at it.")
        row = socket.recv(timeout=60)
    assert row.strip() in viewer.get("/alerts/").content.decode()


def test_a_page_gets_one_row_for_many_changes_of_one_alert(server, viewer, alert):
    remark(alert, *"abc")
    with page(server, viewer, query="after=0") as socket:
        assert socket.recv(timeout=60).count(f'data-alert="{alert.pk}"') == 1


def test_a_page_that_was_away_too_long_is_told_so(server, viewer, alert):
    with page(server, viewer, query="after=99") as socket:
        assert "data-resync" in socket.recv(timeout=60)


def test_a_frame_is_plain_json(server, alert):
    with listen(server) as socket:
        remark(alert, "ação")
        assert json.loads(socket.recv(timeout=60))["alert"]["summary"] == alert.summary


def test_without_the_database_a_reader_is_asked_to_try_again(server, alert, monkeypatch):
    def out_of_reach(*_):
        raise OperationalError("connection refused")

    with listen(server) as socket:
        monkeypatch.setattr(consumers, "identify", out_of_reach)
        assert close_code(socket, within=60) == 1013
    with pytest.raises(InvalidStatus) as refused:
        listen(server)
    assert refused.value.response.status_code == 503

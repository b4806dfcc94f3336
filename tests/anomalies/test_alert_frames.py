from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from websockets.exceptions import InvalidStatus

from anomalies.feed import prune_feed
from anomalies.services import raise_alert
from smartmaint.accounts.models import ApiToken, Membership
from smartmaint.events.testing import drain
from tests.anomalies.factories import STARTED, AlertFactory, finding
from tests.anomalies.sockets import SECRET, close_code, frame, give_token, listen, remark
from tests.sensors.factories import SensorFactory


@pytest.fixture
def alert(organization):
    give_token(organization)
    return AlertFactory(asset__organization=organization, asset__code="P-101", verdict="confirmed")


def test_a_finding_arrives_as_frames_in_order(server, organization, alert):
    sensor = SensorFactory(organization=organization, asset=alert.asset, code="P-101.flow")
    with listen(server) as socket:
        raise_alert(finding=finding(alert.asset, sensor, cause="limit_exceeded"), at=STARTED)
        drain()
        raised, confirmed = frame(socket), frame(socket)
    assert (raised["seq"], raised["type"]) == (1, "alert.raised")
    assert (confirmed["seq"], confirmed["type"]) == (2, "alert.confirmed")
    assert raised["alert"]["asset"] == "P-101"
    assert raised["alert"]["sensors"][0]["sensor_id"] == "P-101.flow"
    assert confirmed["alert"]["validation"]["verdict"] == "confirmed"


def test_an_update_says_what_changed(server, alert):
    with listen(server) as socket:
        remark(alert, "Looked at it.")
        told = frame(socket)
    assert (told["type"], told["change"]) == ("alert.updated", "commented")


def test_it_replays_after_a_number_and_goes_on_live_without_hole_or_duplicate(server, alert):
    remark(alert, *"abc")
    with listen(server, query="after=1") as socket:
        replayed = [frame(socket)["seq"] for _ in range(2)]
        remark(alert, *"de")
        live = [frame(socket)["seq"] for _ in range(2)]
    assert replayed + live == [2, 3, 4, 5]


def test_without_a_number_it_starts_now_and_says_where_that_is(server, alert):
    remark(alert, "before")
    with listen(server) as socket:
        assert socket.response.headers["X-Feed-Position"] == "1"
        remark(alert, "after")
        assert frame(socket)["seq"] == 2


def test_a_gap_too_old_asks_for_a_resync_and_goes_on(server, alert):
    remark(alert, *"abc")
    prune_feed(before=timezone.now() + timedelta(hours=1))
    with listen(server, query="after=1") as socket:
        assert frame(socket) == {"type": "resync", "seq": 3}
        remark(alert, "d")
        assert frame(socket)["seq"] == 4


def test_a_number_from_another_life_asks_for_a_resync(server, alert):
    with listen(server, query="after=1000000000000") as socket:
        assert frame(socket)["type"] == "resync"


def test_a_number_that_is_none_is_refused(server, alert):
    with pytest.raises(InvalidStatus) as refused:
        listen(server, query="after=-1")
    assert refused.value.response.status_code == 400


def test_another_organizations_alerts_never_arrive(server, other_organization, alert):
    theirs = AlertFactory(asset__organization=other_organization)
    with listen(server) as socket:
        remark(theirs, "not for us")
        remark(alert, "for us")
        assert frame(socket)["alert"]["id"] == alert.pk


def test_a_token_may_come_as_a_subprotocol(server, alert):
    with listen(server, token=None, subprotocols=["bearer", SECRET]) as socket:
        assert socket.subprotocol == "bearer"


@pytest.mark.parametrize("token", [None, "wrong"])
def test_without_a_good_token_it_answers_401(server, alert, token):
    with pytest.raises(InvalidStatus) as refused:
        listen(server, token=token)
    assert refused.value.response.status_code == 401
    assert refused.value.response.headers["Content-Type"] == "application/problem+json"


def test_a_token_in_the_address_is_not_looked_at(server, alert):
    with pytest.raises(InvalidStatus) as refused:
        listen(server, token=None, query=f"token={SECRET}")
    assert refused.value.response.status_code == 401


def test_a_token_without_the_scope_answers_403(server, organization):
    give_token(organization, scopes=["data:ingest"])
    with pytest.raises(InvalidStatus) as refused:
        listen(server)
    assert refused.value.response.status_code == 403


def test_an_unknown_address_answers_404(server):
    with pytest.raises(InvalidStatus) as refused:
        listen(server, path="/ws/v9/")
    assert refused.value.response.status_code == 404


def test_a_revoked_token_closes_the_socket_within_seconds(server, alert):
    with listen(server) as socket:
        ApiToken.objects.update(revoked_at=timezone.now())
        assert close_code(socket, within=60) == 4401


def test_a_lost_scope_closes_the_socket_within_seconds(server, alert):
    with listen(server) as socket:
        ApiToken.objects.update(scopes=["data:ingest"])
        assert close_code(socket, within=60) == 4403


def test_a_session_with_the_right_origin_listens_until_it_ends(server, viewer, alert):
    cookie = {"Cookie": f"sessionid={viewer.cookies['sessionid'].value}"}
    with listen(server, token=None, headers=cookie, origin=f"http://{server.address}") as socket:
        remark(alert, "hello")
        assert frame(socket)["seq"] == 1
        viewer.logout()
        assert close_code(socket, within=60) == 4401


def test_a_member_who_leaves_is_cut_off(server, viewer, alert):
    cookie = {"Cookie": f"sessionid={viewer.cookies['sessionid'].value}"}
    with listen(server, token=None, headers=cookie, origin=f"http://{server.address}") as socket:
        Membership.objects.all().delete()
        assert close_code(socket, within=60) == 4403


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://127.0.0.1:1", "http://["])
def test_a_session_without_the_right_origin_answers_403(server, viewer, origin):
    cookie = {"Cookie": f"sessionid={viewer.cookies['sessionid'].value}"}
    with pytest.raises(InvalidStatus) as refused:
        listen(server, token=None, headers=cookie, origin=origin)
    assert refused.value.response.status_code == 403


def test_a_wrong_origin_answers_403_with_a_good_token_too(server, alert):
    with pytest.raises(InvalidStatus) as refused:
        listen(server, origin="http://evil.example")
    assert refused.value.response.status_code == 403

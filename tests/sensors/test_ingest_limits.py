from __future__ import annotations

import json

import pytest

from sensors.models import QuarantinedReading, Reading

URL = "/api/v1/data/ingest"


def send(api, body, content_type="application/json", **headers):
    return api("data:ingest").post(URL, body, content_type=content_type, headers=headers)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"3",
        b"[]",
        b"{",
        b'{"readings":5}',
        b"\xff\xfe",
        b'{"sensor_id":"\xed\xa0\x80"}',
        b'{"sensor_id":"\xed\xa0\x80","value":NaN}',
        b'{"sensor_id":"P-1","value":1,"metadata":' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
        b'[{"sensor_id":"P-1","value":NaN,"metadata":' + b"[" * 5000 + b"]" * 5000 + b"}]",
    ],
)
def test_it_refuses_what_is_no_reading(api, organization, body):
    answer = send(api, body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert not QuarantinedReading.objects.exists()


@pytest.mark.parametrize("body", [b"[null]", b'{"readings":[null]}'])
def test_it_keeps_a_null_in_quarantine(api, organization, body):
    assert send(api, body).json()["rejected"] == 1
    assert QuarantinedReading.objects.get().payload is None


def test_it_refuses_more_than_ten_thousand_readings(api, organization):
    rows = [{"sensor_id": "P-1", "value": 1}] * 10_001
    assert send(api, json.dumps(rows)).status_code == 413
    assert not Reading.objects.exists()


def test_it_refuses_more_than_eight_megabytes(api, organization):
    answer = send(api, b"[" + b" " * 8 * 1024 * 1024 + b"]")
    assert answer.status_code == 413
    assert answer.json()["status"] == 413


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x"])
def test_it_refuses_another_content_type(api, organization, content_type):
    assert send(api, b"{}", content_type).status_code == 415


def test_it_refuses_an_encoding_that_it_does_not_read(api, organization):
    assert send(api, b"{}", **{"Content-Encoding": "br"}).status_code == 415


def test_it_needs_its_scope(api, organization):
    answer = api("data:read").post(URL, "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["title"]) == (403, "Forbidden")

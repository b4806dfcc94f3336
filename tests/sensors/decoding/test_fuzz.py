"""Bodies that nobody would write: never a failure of ours, and the counts add up."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from rest_framework.exceptions import APIException

from sensors.decoding import decode_batch
from sensors.models import QuarantinedReading, Reading
from tests.sensors.decoding.sending import CSV, JSON, NDJSON, send

VALID = [
    (b'{"sensor_id":"P-1","value":1.5,"timestamp":"2026-03-02T12:00:00Z","metadata":{"a":[1]}}', JSON),
    (b'[{"sensor_id":"P-1","value":1},{"sensor_id":"P-2","value":-2e3,"quality":0.5}]', JSON),
    (b'{"readings":[{"sensor_id":"P-1","value":1,"unit":"bar"}]}', JSON),
    (b'{"sensor_id":"P-1","value":1}\n{"sensor_id":"P-2","value":2}\n', NDJSON),
    (b'sensor_id,value,unit\nP-1,1,bar\n"P,2",-2.5,"b""r"\n', CSV),
]
PIECES = some.binary(min_size=1, max_size=3) | some.sampled_from(
    [
        *b'" { } [ ] , : - _ \\u0000 \\ud800 NaN 1e999 true null "value":2, readings'.split(),
        *[b"\n", b"\r", b"\t", b"\xff", b"\x00", b"\xef\xbb\xbf", b"\x1f\x8b\x08"],
    ]
)
MUTATION = some.tuples(some.integers(0, 120), some.integers(0, 4), PIECES)
MUTATIONS = some.lists(MUTATION, min_size=1, max_size=4)
ANY_TYPE = some.sampled_from([JSON, NDJSON, CSV])


def mutated(body: bytes, mutations: list[tuple[int, int, bytes]]) -> bytes:
    for place, length, piece in mutations:
        place %= len(body) + 1
        body = body[:place] + piece + body[place + length :]
    return body


def status_of(body: bytes, content_type: str, encoding: str = "") -> int:
    try:
        decode_batch(body, content_type, encoding)
    except APIException as refusal:
        return refusal.status_code
    return 200


@settings(deadline=None)
@given(body=some.binary(max_size=200), content_type=ANY_TYPE, encoding=some.sampled_from(["", "gzip"]))
def test_any_bytes_are_decoded_or_refused(body, content_type, encoding):
    assert status_of(body, content_type, encoding) in {200, 400, 413}


@settings(deadline=None)
@given(valid=some.sampled_from(VALID), mutations=MUTATIONS)
def test_nearly_valid_bodies_are_decoded_or_refused(valid, mutations):
    assert status_of(mutated(valid[0], mutations), valid[1]) in {200, 400, 413}


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(valid=some.sampled_from(VALID), mutations=MUTATIONS)
def test_the_counts_add_up_whatever_is_sent(api, organization, valid, mutations):
    stored, kept = Reading.objects.count(), QuarantinedReading.objects.count()
    answer = send(api, mutated(valid[0], mutations), valid[1])
    assert answer.status_code in {200, 400, 413, 422}
    body = SimpleNamespace(**answer.json())
    news = (Reading.objects.count() - stored, QuarantinedReading.objects.count() - kept)
    if answer.status_code == 200 and hasattr(body, "accepted"):
        assert (body.accepted, body.rejected, len(body.errors)) == (news[0], news[1], news[1])
    elif answer.status_code == 200:
        assert news == (1 if body.status == "event_published" else 0, 0)
    else:
        assert news == (0, 1 if answer.status_code == 422 else 0)

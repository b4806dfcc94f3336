"""What is wrong with a whole body: its type, character set, encoding, size or shape."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
import zlib

import pytest
from rest_framework.exceptions import UnsupportedMediaType

from sensors.decoding import decode_batch
from sensors.decoding.compression import MOST_EXPANDED, decompress
from sensors.models import QuarantinedReading, Reading
from smartmaint.accounts.parsers import PayloadTooLarge
from tests.sensors.decoding.sending import CSV, JSON, NDJSON, URL, send

GOOD = b'{"sensor_id":"P-1","value":1}'
TABLE = b"sensor_id,value\nP-1,1\n"
BODIES = [(GOOD, JSON), (GOOD, NDJSON), (TABLE, CSV)]


def refused(answer, status: int, words: str = "") -> None:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"]
    assert not Reading.objects.exists()
    assert not QuarantinedReading.objects.exists()


@pytest.mark.parametrize(("body", "content_type"), BODIES)
@pytest.mark.parametrize("suffix", ["", "; charset=utf-8", ';charset="UTF-8"', "; charset=us-ascii"])
def test_it_takes_each_format(api, organization, body, content_type, suffix):
    assert send(api, body, content_type + suffix).status_code == 200
    assert Reading.objects.count() == 1


@pytest.mark.parametrize(("body", "content_type"), BODIES)
@pytest.mark.parametrize("charset", ["utf-16", "iso-8859-1", "utf-7", "x"])
def test_it_refuses_another_character_set(api, organization, body, content_type, charset):
    refused(send(api, body, f"{content_type}; charset={charset}"), 415, "in UTF-8")


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded"]
)
def test_it_refuses_another_type(api, organization, content_type):
    refused(send(api, GOOD, content_type), 415, "application/x-ndjson")


def test_a_body_without_a_type_is_refused():
    with pytest.raises(UnsupportedMediaType, match="text/csv"):
        decode_batch(GOOD, "")


@pytest.mark.parametrize(("body", "content_type"), BODIES)
def test_it_skips_a_byte_order_mark(api, organization, body, content_type):
    assert send(api, b"\xef\xbb\xbf" + body, content_type).status_code == 200
    assert Reading.objects.get().sensor.code == "P-1"


@pytest.mark.parametrize("content_type", [JSON, NDJSON, CSV])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_it_refuses_utf_16_that_calls_itself_utf_8(api, organization, content_type, encoding):
    refused(send(api, GOOD.decode().encode(encoding), content_type), 400)


@pytest.mark.parametrize("content_type", [JSON, NDJSON, CSV])
@pytest.mark.parametrize("text", [b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82"])
def test_it_refuses_invalid_utf_8(api, organization, content_type, text):
    body = TABLE + text + b",1" if content_type == CSV else GOOD.replace(b"P-1", b"P-1" + text)
    refused(send(api, body, content_type), 400)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "JSON"),
        (b"[" + GOOD, "JSON"),
        (b"[" + GOOD + b"," + GOOD + b"}", "byte 60"),
        (GOOD + b"x", "byte 30"),
        (b'{"sensor_id":"P-1","value":01}', "byte 28"),
        (b"{'sensor_id':'P-1','value':1}", "byte 1"),
        (b'{"sensor_id":"P-1","value":NaN', "char 30"),
        (b"3", "Send a reading"),
        (b"null", "Send a reading"),
        (b'{"readings":5}', "Send a reading"),
        (b'{"readings":[],"unit":"bar"}', "'unit'"),
        (b'{"readings":[],"readings":[]}', "more than once"),
        (b"[" * 100_000, ""),
        (b'{"sensor_id":"P-1","value":1,"metadata":' + b'{"a":' * 5000 + b"1" + b"}" * 5001, "deeply"),
    ],
)  # fmt: skip
def test_it_says_where_json_breaks(api, organization, body, words):
    refused(send(api, body), 400, words)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "does not name"),
        (b"sensor_id,value", "no reading"),
        (b"P-1,1\nP-2,2", "names 'p-1'"),
        (b"sensor_id,timestamp\nP-1,2026-03-02T12:00:00Z", "does not name 'value'"),
        (b"sensor_id,value,value\nP-1,1,2", "more than once"),
        (b"sensor_id,value,colour\nP-1,1,red", "'colour'"),
        (b'sensor_id,value\n"P-1,1', "line 2"),
        (b'sensor_id,value\n"P-1"x,1', "line 2"),
    ],
)
def test_it_says_what_a_table_lacks(api, organization, body, words):
    refused(send(api, body, CSV), 400, words)


@pytest.mark.parametrize(("body", "content_type"), BODIES)
@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP"])
def test_it_expands_gzip(api, organization, body, content_type, encoding):
    assert send(api, gzip.compress(body), content_type, **{"Content-Encoding": encoding}).status_code == 200
    assert Reading.objects.count() == 1


def test_it_expands_gzip_of_several_members(api, organization):
    body = gzip.compress(GOOD + b"\n") + gzip.compress(GOOD.replace(b"P-1", b"P-2")) + b"\x00" * 8
    assert send(api, body, NDJSON, **{"Content-Encoding": "gzip"}).json()["accepted"] == 2


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "nonsense"])
def test_it_refuses_another_encoding(api, organization, encoding):
    refused(send(api, GOOD, **{"Content-Encoding": encoding}), 415)


PACKED = gzip.compress(json.dumps([{"sensor_id": "P-1", "value": n / 7} for n in range(100)]).encode())
DAMAGED = {
    "empty": b"",
    "not gzip": GOOD,
    "truncated": PACKED[:-30],
    "without its checksum": PACKED[:-8],
    "a flipped bit": PACKED[:40] + bytes([PACKED[40] ^ 16]) + PACKED[41:],
    "a wrong checksum": PACKED[:-8] + b"abcd" + PACKED[-4:],
    "trailing rubbish": PACKED + b"rubbish",
    "zlib, not gzip": zlib.compress(GOOD),
    "members without end": gzip.compress(b"") * 1001,
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_it_refuses_damaged_gzip(api, organization, damage):
    refused(send(api, DAMAGED[damage], **{"Content-Encoding": "gzip"}), 400, "gzip")


def test_a_bomb_takes_no_more_memory_than_the_limit():
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(64)) + packer.flush()
    tracemalloc.start()
    with pytest.raises(PayloadTooLarge, match="expands"):
        decompress(bomb, "gzip")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2.5 * MOST_EXPANDED


def test_a_body_that_ends_early_is_refused_whole(api, organization):
    body = TABLE.rstrip()
    answer = api("data:ingest").post(
        URL, b"", content_type=CSV, CONTENT_LENGTH=str(len(body) + 5), **{"wsgi.input": io.BytesIO(body)}
    )
    refused(answer, 400, f"after {len(body)} of {len(body) + 5} bytes")


def test_a_body_that_says_it_is_too_large_is_not_read(api, organization):
    unread = io.BytesIO(GOOD)
    answer = api("data:ingest").post(
        URL, b"", content_type=JSON, CONTENT_LENGTH="8388609", **{"wsgi.input": unread}
    )
    refused(answer, 413, "8,388,608")
    assert unread.tell() == 0


@pytest.mark.parametrize(("size", "status"), [(10, 200), (8_388_609, 413)])
def test_a_body_in_chunks_is_read_to_its_end(api, organization, size, status):
    chunks = {"wsgi.input": io.BytesIO(GOOD + b" " * (size - len(GOOD))), "wsgi.input_terminated": True}
    answer = api("data:ingest").generic(
        "POST", URL, b"", content_type=JSON, HTTP_TRANSFER_ENCODING="chunked", **chunks
    )
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"[" + b",".join([GOOD] * 10_001) + b"]", JSON),
        (b"[NaN," + b",".join([GOOD] * 10_000) + b"]", JSON),
        (b"\n".join([GOOD] * 10_001), NDJSON),
        (b"\n".join([b"{"] * 10_001), NDJSON),
        (TABLE + b"P-1,1\n" * 10_000, CSV),
        (b"[" + b"[]," * 2_000_000 + b"[]]", JSON),
        (b'{"sensor_id":"P-1","value":1,"metadata":{"a":[' + b"{}," * 2_000_000 + b"{}]}}", JSON),
    ],
    ids=["array", "array with a fault", "lines", "bad lines", "rows", "empty arrays", "metadata"],
)
def test_it_takes_at_most_ten_thousand_readings(body, content_type):
    with pytest.raises(PayloadTooLarge):
        decode_batch(body, content_type)


def test_empty_lines_are_no_readings():
    batch = decode_batch(b"\n\n" * 20_000 + GOOD + b"\r\n \n" + GOOD, NDJSON)
    assert len(batch.readings) == 2
    assert len(decode_batch(b"\n\n" + TABLE + b"\n\n", CSV).readings) == 1

"""Each kind of input that JSON libraries let through, or choke on, in each format, by the real view."""

from __future__ import annotations

import pytest

from sensors.models import QuarantinedReading, Reading
from tests.sensors.decoding.sending import CSV, JSON, NDJSON, send

GOOD = '{"sensor_id":"P-1","value":1}'
DEEP = '{"a":' * 40 + "1" + "}" * 40

# What one reading is, its text, and the field that the refusal names.
READINGS = {
    "NaN": ('{"sensor_id":"P-1","value":NaN}', "value"),
    "Infinity": ('{"sensor_id":"P-1","value":Infinity}', "value"),
    "minus Infinity": ('{"sensor_id":"P-1","value":-Infinity}', "value"),
    "NaN as quality": ('{"sensor_id":"P-1","value":1,"quality":NaN}', "quality"),
    "NaN in metadata": ('{"sensor_id":"P-1","value":1,"metadata":{"a":[NaN]}}', "metadata"),
    "1e400": ('{"sensor_id":"P-1","value":1e400}', "value"),
    "-1e400": ('{"sensor_id":"P-1","value":-1e400}', "value"),
    "1e400 in metadata": ('{"sensor_id":"P-1","value":1,"metadata":{"a":1e400}}', "metadata"),
    "an integer of 400 digits": (f'{{"sensor_id":"P-1","value":1{"0" * 400}}}', "value"),
    "an integer of 5000 digits": (f'{{"sensor_id":"P-1","value":1{"0" * 5000}}}', "value"),
    "a boolean": ('{"sensor_id":"P-1","value":true}', "value"),
    "a boolean as quality": ('{"sensor_id":"P-1","value":1,"quality":true}', "quality"),
    "a number as text": ('{"sensor_id":"P-1","value":"25.1"}', "value"),
    "1_000 as text": ('{"sensor_id":"P-1","value":"1_000"}', "value"),
    "null": ('{"sensor_id":"P-1","value":null}', "value"),
    "an array as value": ('{"sensor_id":"P-1","value":[1]}', "value"),
    "no value": ('{"sensor_id":"P-1"}', "value"),
    "a number as code": ('{"sensor_id":7,"value":1}', "sensor_id"),
    "a code of 129 characters": (f'{{"sensor_id":"{"P" * 129}","value":1}}', "sensor_id"),
    "escaped NUL": ('{"sensor_id":"P\\u0000","value":1}', "sensor_id"),
    "escaped NUL in a unit": ('{"sensor_id":"P-1","value":1,"unit":"b\\u0000r"}', "unit"),
    "escaped NUL in metadata": ('{"sensor_id":"P-1","value":1,"metadata":{"a":"\\u0000"}}', "metadata"),
    "escaped NUL in a key": ('{"sensor_id":"P-1","value":1,"metadata":{"a\\u0000":1}}', "metadata"),
    "half a surrogate pair": ('{"sensor_id":"\\ud800","value":1}', "sensor_id"),
    "the other half": ('{"sensor_id":"P-1","value":1,"unit":"\\udfff"}', "unit"),
    "a half in a key": ('{"sensor_id":"P-1","value":1,"\\ud800":1}', "reading"),
    "a half in metadata": ('{"sensor_id":"P-1","value":1,"metadata":{"a":["\\ud800"]}}', "metadata"),
    "a key twice": ('{"sensor_id":"P-1","value":1,"value":2}', "value"),
    "a key twice, same value": ('{"sensor_id":"P-1","value":1,"value":1}', "value"),
    "a code twice": ('{"sensor_id":"P-1","sensor_id":"P-2","value":1}', "sensor_id"),
    "a key twice, once in disguise": ('{"sensor_id":"P-1","value":1,"val\\u0075e":2}', "value"),
    "a key twice, spaced": ('{"sensor_id":"P-1","value" :1,"value"\t:2}', "value"),
    "a default twice": ('{"sensor_id":"P-1","value":1,"quality":1,"quality":1}', "quality"),
    "a key twice in metadata": ('{"sensor_id":"P-1","value":1,"metadata":{"a":1,"a":2}}', "metadata"),
    "a key twice, deep": ('{"sensor_id":"P-1","value":1,"metadata":{"a":[{"b":1,"b":1}]}}', "metadata"),
    "a key twice behind a colon": (
        '{"sensor_id":"P-1","value":2,"value":1,"metadata":{"a":"\\u003a"}}',
        "value",
    ),
    "a nesting bomb": (f'{{"sensor_id":"P-1","value":1,"metadata":{DEEP}}}', "metadata"),
    "a nesting bomb of arrays": (
        f'{{"sensor_id":"P-1","value":1,"metadata":{{"a":{"[" * 50}{"]" * 50}}}}}',
        "metadata",
    ),
    "a naive time": ('{"sensor_id":"P-1","value":1,"timestamp":"2026-03-02T12:00:00"}', "timestamp"),
    "a date": ('{"sensor_id":"P-1","value":1,"timestamp":"2026-03-02"}', "timestamp"),
    "seconds since 1970": ('{"sensor_id":"P-1","value":1,"timestamp":1700000000}', "timestamp"),
    "30 February": ('{"sensor_id":"P-1","value":1,"timestamp":"2026-02-30T12:00:00Z"}', "timestamp"),
    "24 o'clock": ('{"sensor_id":"P-1","value":1,"timestamp":"2026-03-02T24:00:00Z"}', "timestamp"),
    "a leap second": ('{"sensor_id":"P-1","value":1,"timestamp":"2016-12-31T23:59:60Z"}', "timestamp"),
    "an offset of 25 hours": (
        '{"sensor_id":"P-1","value":1,"timestamp":"2026-03-02T12:00:00+25:00"}',
        "timestamp",
    ),
    "before 1970": ('{"sensor_id":"P-1","value":1,"timestamp":"1969-12-31T23:59:59Z"}', "timestamp"),
    "the far future": ('{"sensor_id":"P-1","value":1,"timestamp":"2999-01-01T00:00:00Z"}', "future"),
    "an unknown field": ('{"sensor_id":"P-1","value":1,"timestmap":"2026-03-02T12:00:00Z"}', "unknown_field"),
    "no object": ("[1]", "reading"),
    "a text": ('"P-1"', "reading"),
}


@pytest.mark.parametrize("kind", [kind for kind in READINGS if kind not in {"no object", "a text"}])
def test_a_single_one_is_refused_with_field_and_reason(api, organization, kind):
    text, field = READINGS[kind]
    answer = send(api, text)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert answer.json()["errors"][0]["field"] == field
    assert not Reading.objects.exists()
    kept = QuarantinedReading.objects.get()
    assert (kept.code, kept.detail) == (field, answer.json()["detail"])


def check_many(answer) -> None:
    """Every reading of READINGS is refused for its own reason; the good ones around them are stored."""
    body = answer.json()
    assert answer.status_code == 200
    assert body["accepted"] + body["duplicate"] + body["rejected"] == 2 * len(READINGS)
    assert [(error["index"], error["code"]) for error in body["errors"]] == [
        (2 * place, field) for place, (_, field) in enumerate(READINGS.values())
    ]
    assert QuarantinedReading.objects.count() == len(READINGS)


def test_each_of_an_array_has_its_own_verdict(api, organization):
    texts = [part for text, _ in READINGS.values() for part in (text, GOOD)]
    check_many(send(api, f"[{','.join(texts)}]"))
    check_envelope = send(api, f'{{"readings":[{",".join(texts)}]}}').json()
    assert check_envelope["rejected"] == len(READINGS)


def test_each_line_has_its_own_verdict(api, organization):
    texts = [part for text, _ in READINGS.values() for part in (text, GOOD)]
    check_many(send(api, "\n".join(texts), NDJSON))


@pytest.mark.parametrize("line", ["{", "nonsense", '{"sensor_id":"P-1","value":01}', "[" * 5000, GOOD + GOOD])
def test_a_line_that_is_no_json_spoils_only_itself(api, organization, line):
    body = send(api, f"{GOOD}\n{line}\n{GOOD.replace('P-1', 'P-2')}", NDJSON).json()
    assert (body["accepted"], body["rejected"]) == (2, 1)
    assert [(error["index"], error["code"]) for error in body["errors"]] == [(1, "json")]
    assert QuarantinedReading.objects.get().payload == line


CELLS = {
    "nan": ("P-1,nan,,,", "value"),
    "inf": ("P-1,inf,,,", "value"),
    "1e400": ("P-1,1e400,,,", "value"),
    "a boolean": ("P-1,true,,,", "value"),
    "1_000": ("P-1,1_000,,,", "value"),
    "0x10": ("P-1,0x10,,,", "value"),
    "digits of another script": ("P-1,١٢,,,", "value"),
    "a thousand's comma": ('P-1,"1,000",,,', "value"),
    "no value": ("P-1,,,,", "value"),
    "no code": (",1,,,", "sensor_id"),
    "a naive time": ("P-1,1,2026-03-02T12:00:00,,", "timestamp"),
    "seconds since 1970": ("P-1,1,1700000000,,", "timestamp"),
    "a leap second": ("P-1,1,2016-12-31T23:59:60Z,,", "timestamp"),
    "30 February": ("P-1,1,2026-02-30T12:00:00Z,,", "timestamp"),
    "a bad quality": ("P-1,1,,1_0,", "quality"),
    "metadata that is no object": ("P-1,1,,,[1]", "metadata"),
    "metadata that is no JSON": ("P-1,1,,,{", "metadata"),
    "a key twice in metadata": ('P-1,1,,,"{""a"":1,""a"":2}"', "metadata"),
    "too many cells": ("P-1,1,,,,7", "columns"),
    "too few cells": ("P-1,1", "columns"),
}


def test_each_row_has_its_own_verdict(api, organization):
    rows = [part for text, _ in CELLS.values() for part in (text, "P-2,1,,,")]
    answer = send(api, "\n".join(["sensor_id,value,timestamp,quality,metadata", *rows]), CSV)
    assert [(error["index"], error["code"]) for error in answer.json()["errors"]] == [
        (2 * place, field) for place, (_, field) in enumerate(CELLS.values())
    ]
    assert QuarantinedReading.objects.count() == len(CELLS)


@pytest.mark.parametrize("content_type", [JSON, NDJSON, CSV])
def test_a_raw_nul_is_no_text(api, organization, content_type):
    answer = send(api, b'{"sensor_id":"P-1\x00","value":1}', content_type)
    assert answer.status_code == 400
    assert "NUL byte at position 17" in answer.json()["detail"]

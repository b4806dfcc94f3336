"""What the JSON of any request may not have."""

from __future__ import annotations

import pytest
from rest_framework.exceptions import ParseError

from smartmaint.accounts.parsers import decode_json


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"a":1,"a":1}', "'a' stands twice"),
        (b'{"a":[{"b":1,"\\u0062":2}]}', "'b' stands twice"),
        (b'{"a":NaN}', "not valid JSON"),
        (b'{"a":"\\ud800"}', "not valid JSON"),
        (b'{"a":"\\u0000"}', "NUL"),
        (b"[" * 5000, "deeply"),
    ],
)
def test_it_refuses_what_lenient_parsers_let_through(body, words):
    with pytest.raises(ParseError, match=words):
        decode_json(body)


def test_it_takes_the_rest():
    assert decode_json(b'{"a":{"a":1},"b":[{"a":1},{"a":2}],"c":1e3}') == {
        "a": {"a": 1},
        "b": [{"a": 1}, {"a": 2}],
        "c": 1000.0,
    }
    assert decode_json(b"1" + b"0" * 30) == 10**30

from __future__ import annotations

import io
import json
import logging
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import RequestFactory
from django.utils.module_loading import import_string

from smartmaint.events.context import journey
from smartmaint.observability.logs import JsonFormatter
from smartmaint.observability.requests import RequestIdMiddleware

logger = logging.getLogger("test.logs")


@pytest.fixture
def lines():
    """What the JSON handler of the settings writes while the test runs."""
    configuration = settings.LOGGING["filters"]["context"]
    handler = logging.StreamHandler(io.StringIO())
    handler.addFilter(import_string(configuration["()"])(configuration["fields"]))
    handler.setFormatter(JsonFormatter())
    logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in handler.stream.getvalue().splitlines()]
    logger.removeHandler(handler)


def test_a_line_in_a_request_carries_its_id(lines):
    middleware = RequestIdMiddleware(lambda request: logger.warning("seen") or {})
    answer = middleware(RequestFactory().get("/", headers={"X-Request-ID": "abc.1"}))
    assert answer["X-Request-ID"] == "abc.1"
    assert lines()[0]["request_id"] == "abc.1"


def test_a_line_in_an_agent_carries_the_journeys_id(lines):
    correlation_id = uuid4()
    with journey(correlation_id):
        logger.warning("seen", extra={"alert": 7})
    (line,) = lines()
    assert line["correlation_id"] == str(correlation_id)
    assert (line["level"], line["logger"], line["message"], line["alert"]) == (
        "WARNING",
        "test.logs",
        "seen",
        7,
    )
    assert line["timestamp"]


def test_a_failure_in_a_journey_names_it_in_the_traceback(lines):
    correlation_id = uuid4()
    try:
        with journey(correlation_id):
            raise LookupError("gone")
    except LookupError:
        logger.exception("failed")
    (line,) = lines()
    assert f"In the journey {correlation_id}." in line["exc_info"]


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "<script>", "a\nb"])
def test_an_id_that_is_none_is_replaced(given):
    request = RequestFactory().get("/")
    request.META["HTTP_X_REQUEST_ID"] = given
    answer = RequestIdMiddleware(lambda request: {})(request)
    assert answer["X-Request-ID"] != given
    assert len(answer["X-Request-ID"]) == 36

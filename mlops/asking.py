"""Asking a worker and waiting for its answer: how a request gets at a model without loading its libraries.

The question goes onto the queue "models"; the answer comes back as one entry of a list in Redis that expires,
and the asker sleeps on that list (BLPOP), so nothing is polled and nothing is kept. A question is of use for
its `timeout` only: the worker drops older ones, a question that was lost is asked again by who needs it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Any
from uuid import uuid4

import redis
from celery import current_app, shared_task
from django.conf import settings
from django.http import Http404
from kombu.exceptions import KombuError
from rest_framework import exceptions

from smartmaint.accounts.problems import DATABASE_AWAY, DatabaseAway
from smartmaint.observability.requests import current_request_id

logger = logging.getLogger(__name__)

QUEUE = "models"
MOST_WAITING = 8  # requests of a process; its other threads serve what needs no worker
GRACE = 1.0  # seconds beyond the timeout for a Redis that answers late
WAIT = 2  # seconds until it is worth asking again
BROKEN = (KombuError, redis.RedisError, OSError)

Json = dict[str, Any]

_waiting = BoundedSemaphore(MOST_WAITING)


class Unanswered(exceptions.APIException):
    """No worker answered in time, or too many wait already; the same request may be sent again."""

    status_code = 503
    default_code = "no-answer"
    default_detail = f"The models did not answer in time. Nothing was changed; try again in {WAIT} s."
    wait = WAIT


class Refused(exceptions.APIException):
    """What the worker refused, with its own status and reasons."""

    def __init__(self, status: int, detail: Any) -> None:
        super().__init__()
        self.status_code, self.detail = status, detail
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            self.wait = WAIT


class Failed(RuntimeError):
    """The worker's code raised; its log says what, under the same request id."""


def ask(task_name: str, payload: Json, *, timeout: float) -> Json:
    """Return what the worker's function of this name (see `answers`) answers; JSON both ways.

    Raises:
        Unanswered: 503, there was no answer within `timeout` seconds.
        Refused: the function raised a problem (404, 409, 422 ...): the same one.
        Failed: the function broke.
    """
    if not _waiting.acquire(blocking=False):
        raise Unanswered
    try:
        return _open(_exchange(task_name, payload, timeout))
    except BROKEN as error:
        logger.warning("no answer to %s: %r", task_name, error)
        raise Unanswered from error
    finally:
        _waiting.release()


def _exchange(task_name: str, payload: Json, timeout: float) -> bytes:
    reply_to = f"smartmaint-answer:{uuid4().hex}"
    question = (reply_to, timeout, current_request_id(), payload)
    current_app.send_task(task_name, args=question, queue=QUEUE, expires=timeout, retry=False)
    with _redis(patience=timeout + GRACE) as client:
        answer: Any = client.blpop([reply_to], timeout=timeout)
    if answer is None:
        raise Unanswered
    return bytes(answer[1])


def _open(answer: bytes) -> Json:
    envelope: Json = json.loads(answer)
    if "refused" in envelope:
        raise Refused(envelope["refused"], _details(envelope["detail"]))
    if "failed" in envelope:
        raise Failed(envelope["failed"])
    return envelope["answer"]


def answers(task_name: str) -> Callable[[Callable[[Json], Json]], Any]:
    """Let a worker answer to this name: `@answers("mlops.predict") def predict(payload) -> dict`.

    The function may raise API problems and Http404; the caller gets them as if it had raised them.
    """

    def decorate(function: Callable[[Json], Json]) -> Any:
        def answer(reply_to: str, timeout: float, request_id: str, payload: Json) -> None:
            reply(reply_to, _envelope(function, request_id, payload), timeout)

        return shared_task(name=task_name, acks_late=False)(answer)

    return decorate


def _envelope(function: Callable[[Json], Json], request_id: str, payload: Json) -> Json:
    try:
        return {"answer": function(payload)}
    except Http404 as error:
        return _refusal(exceptions.NotFound(*error.args))
    except DATABASE_AWAY:
        return _refusal(DatabaseAway())
    except exceptions.APIException as error:
        return _refusal(error)
    except Exception as error:  # somebody waits: they are told at once, and the log says all
        logger.exception("%s failed for request %s", function.__name__, request_id)
        return {"failed": f"{type(error).__name__} in {function.__name__}"}


def _refusal(error: exceptions.APIException) -> Json:
    return {"refused": error.status_code, "detail": error.get_full_details()}


def _details(full: Any) -> Any:
    """Turn full details, as they travel, back into those of an exception."""
    if isinstance(full, list):
        return [_details(item) for item in full]
    if set(full) == {"message", "code"}:
        return exceptions.ErrorDetail(full["message"], full["code"])
    return {key: _details(item) for key, item in full.items()}


def reply(reply_to: str, envelope: Json, timeout: float) -> None:
    with _redis(patience=GRACE) as client, client.pipeline() as together:
        together.rpush(reply_to, json.dumps(envelope, allow_nan=False))
        together.pexpire(reply_to, int(1000 * (timeout + GRACE)))
        together.execute()


def _redis(*, patience: float) -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=patience, socket_connect_timeout=GRACE)

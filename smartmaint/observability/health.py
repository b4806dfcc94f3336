"""Is it alive, is it ready: for load balancers, compose and people."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe


def _check(probe: Callable[[], object], broken: type[Exception]) -> dict[str, Any]:
    started = perf_counter()
    try:
        probe()
    except broken as error:
        return {"status": "down", "error": type(error).__name__}
    return {"status": "up", "seconds": round(perf_counter() - started, 4)}


def check_database() -> dict[str, Any]:
    def probe() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    return _check(probe, Error)


def check_redis() -> dict[str, Any]:
    def probe() -> None:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1) as client:
            client.ping()

    return _check(probe, redis.RedisError)


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "up"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """503 without the database; degraded and still 200 without Redis, as ingestion goes on."""
    database, queue = check_database(), check_redis()
    up = database["status"] == "up"
    status = "down" if not up else "up" if queue["status"] == "up" else "degraded"
    return _answer({"status": status, "database": database, "redis": queue}, up=up)


@require_safe
def database(request: HttpRequest) -> JsonResponse:
    answer = check_database()
    return _answer(answer, up=answer["status"] == "up")


@require_safe
def queue(request: HttpRequest) -> JsonResponse:
    answer = check_redis()
    return _answer(answer, up=answer["status"] == "up")


def _answer(body: dict[str, Any], *, up: bool) -> JsonResponse:
    return JsonResponse(body) if up else JsonResponse(body, status=503, headers={"Retry-After": "2"})

"""What a process answers where no view did: the four handlers that Django looks for beside the addresses."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse

from smartmaint.accounts.problems import DATABASE_AWAY_DETAIL, failure_status

NOT_UNDERSTOOD = "The request could not be understood."
FORBIDDEN = "You may not do this."
NOTHING_HERE = "There is nothing here, or it belongs to another organization."
FAILED = "Something failed on our side. Tell support the request id; nothing you sent is lost."

Answer = Callable[[HttpRequest, int, str], HttpResponse]
Handler = Callable[[HttpRequest, Exception], HttpResponse]


class Handlers(NamedTuple):
    handler400: Handler
    handler403: Handler
    handler404: Handler
    handler500: Callable[[HttpRequest], HttpResponse]


def handlers_with(answer: Answer) -> Handlers:
    """Return the handlers that say in words what is wrong, each by `answer(request, status, detail)`."""

    def failed(request: HttpRequest) -> HttpResponse:
        status = failure_status(sys.exc_info()[1])
        response = answer(request, status, DATABASE_AWAY_DETAIL if status == 503 else FAILED)
        if status == 503:
            response["Retry-After"] = "2"
        return response

    return Handlers(
        lambda request, exception: answer(request, 400, NOT_UNDERSTOOD),
        lambda request, exception: answer(request, 403, str(exception) or FORBIDDEN),
        lambda request, exception: answer(request, 404, NOTHING_HERE),
        failed,
    )

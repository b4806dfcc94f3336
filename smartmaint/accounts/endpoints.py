"""One way to write an API view: a function, and the scope of each method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rest_framework.decorators import api_view


def endpoint(**scopes: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function an API view: `@endpoint(GET=DATA_READ, POST=ADMIN)`.

    The scopes are readable as `view.cls.scopes`; a method that is not named answers 405.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        view: Any = api_view(list(scopes))(function)
        view.cls.scopes = scopes
        return view

    return decorate

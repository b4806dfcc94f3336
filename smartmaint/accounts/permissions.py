"""Deny by default: an API view names the scope of each of its methods, or nobody may call it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class HasScope(BasePermission):
    message = "The token or role lacks the scope that this needs."

    def has_permission(self, request: Request, view: APIView) -> bool:
        caller = getattr(request._request, "caller", None)
        scopes: dict[str, str] = getattr(view, "scopes", {})
        if caller is None or not scopes:
            return False
        scope = scopes.get("GET" if request.method == "HEAD" else request.method or "")
        return scope is None or caller.may(scope)  # a method without a scope has no handler: 405

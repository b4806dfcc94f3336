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
        scope = getattr(view, "scopes", {}).get(request.method)
        return caller is not None and scope is not None and caller.may(scope)

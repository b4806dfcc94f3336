"""Rows that a request's body names: what is not there, or is somebody else's, is a 404 that says which."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet
from rest_framework.exceptions import ErrorDetail, NotFound

Row = TypeVar("Row", bound=Model)


def named(rows: QuerySet[Row], field: str, **lookup: object) -> Row:
    """Return the row that the body's field names.

    Raises:
        NotFound: there is none among these rows.
    """
    row = rows.filter(**lookup).first()
    if row is None:
        words = f"There is no {rows.model._meta.verbose_name} {next(iter(lookup.values()))} that is yours."
        raise NotFound({field: [ErrorDetail(words, "not_found")]})
    return row

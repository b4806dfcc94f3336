"""Tokens that this process has seen of late, and the question whether they are still what they were.

A request that is many a second is let in by what is remembered, and asks `check_remembered` in the
transaction of what it does: a token that was revoked or changed meanwhile, by whatever process, stops it
there. One question serves all requests that share a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import InterfaceError, OperationalError, connection
from django.db.models import Q
from django.db.models.expressions import RawSQL
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied

from smartmaint.accounts.models import ApiToken
from smartmaint.gathering import Gathering

KEPT_FOR = timedelta(minutes=1)
MOST = 5_000
TOUCH_EVERY = timedelta(minutes=1)

# Each write gives a row another xmin, and a transaction that is rolled back none.
VERSION = "accounts_apitoken.xmin::text || ' ' || accounts_organization.xmin::text"
STILL_USABLE = f"""
SELECT accounts_apitoken.id, {VERSION}
FROM accounts_apitoken JOIN accounts_organization ON accounts_organization.id = organization_id
WHERE accounts_apitoken.id = ANY(%s) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > %s)
"""  # noqa: S608


class Remembered(NamedTuple):
    """A token with its organization, to be looked up anew after `until`."""

    token: ApiToken
    until: datetime


_remembered: dict[str, Remembered] = {}


def find_token(secret: str, address: str, at: datetime) -> ApiToken:
    """Return the usable token with this secret as the database has it, note its use, and remember it.

    Raises:
        AuthenticationFailed: unknown, expired, revoked, or used from a network it is not bound to.
    """
    token = _read(secret, at)
    if token is not None and _touch(token, at):
        token = _read(secret, at)
    if token is None:
        _remembered.pop(ApiToken.digest_of(secret), None)
        raise AuthenticationFailed("The token is unknown, expired or revoked.")
    _check_address(token, address)
    _remember(token, at)
    return token


def _read(secret: str, at: datetime) -> ApiToken | None:
    known = ApiToken.objects.usable(at).for_secret(secret).select_related("organization")
    return known.annotate(version=RawSQL(VERSION, ())).first()  # noqa: S611


def recall_token(secret: str, address: str, at: datetime) -> ApiToken:
    """Return the token as it was within the last minute: for requests that call `check_remembered`.

    Raises:
        AuthenticationFailed: as for `find_token`.
    """
    token = _recall(secret, at)
    if token is None:
        return _lookups.submit(_Question(secret, address, at))
    _check_address(token, address)
    return token


def _recall(secret: str, at: datetime) -> ApiToken | None:
    remembered = _remembered.get(ApiToken.digest_of(secret))
    return remembered.token if remembered and remembered.until >= at else None


class _Question(NamedTuple):
    secret: str
    address: str
    at: datetime


def _answer(question: _Question) -> ApiToken | Exception:
    token = _recall(question.secret, question.at)
    try:
        if token is None:
            return find_token(*question)
        _check_address(token, question.address)
    except AuthenticationFailed as refusal:
        return refusal
    return token


def _answer_all(questions: Iterable[_Question]) -> list[ApiToken | Exception]:
    """Answer one after the other: after the first, most are remembered."""
    return [_answer(question) for question in questions]


# Many requests of a token that is new to the process, or due again, ask the database once.
_lookups = Gathering(_answer_all, most=100, spreading=(OperationalError, InterfaceError))


class TokenChanged(PermissionDenied):
    """The token or its organization was changed since it was remembered: look again."""


def check_remembered(tokens: Iterable[ApiToken], at: datetime) -> dict[int, TokenChanged]:
    """Return, by primary key, the refusals of tokens that are no longer what they were when looked up."""
    tokens = list(tokens)
    with connection.cursor() as cursor:
        cursor.execute(*question_about(tokens, at))
        return find_changed(tokens, cursor.fetchall())


def question_about(tokens: Iterable[ApiToken], at: datetime) -> tuple[str, list[Any]]:
    """Return statement and parameters, for those who ask together with something else."""
    return STILL_USABLE, [[token.pk for token in tokens], at]


def find_changed(tokens: Iterable[ApiToken], rows: Iterable[tuple[Any, ...]]) -> dict[int, TokenChanged]:
    """Return, from the answer to `question_about`, what `check_remembered` does."""
    now = dict(rows)
    return {token.pk: TokenChanged() for token in tokens if now.get(token.pk) != token.version}  # type: ignore[attr-defined]


def _remember(token: ApiToken, at: datetime) -> None:
    if len(_remembered) >= MOST:
        _remembered.clear()
    _remembered[token.digest] = Remembered(token, at + KEPT_FOR)


def _check_address(token: ApiToken, address: str) -> None:
    if not token.allows_address(address):
        raise AuthenticationFailed("The token may not be used from this network.")


def _touch(token: ApiToken, at: datetime) -> bool:
    """Note the use once a minute, by whoever comes first; tell whether the row may be another by it."""
    if token.last_used_at and at - token.last_used_at <= TOUCH_EVERY:
        return False
    noted = Q(last_used_at__gt=at - TOUCH_EVERY)
    ApiToken.objects.filter(~noted | Q(last_used_at=None), pk=token.pk).update(last_used_at=at)
    return True

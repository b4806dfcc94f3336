"""Sending what is queued: claimed by one sender at a time, tried again, given up on in the open."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import F

from maintenance import notify
from maintenance.models import Notification

logger = logging.getLogger(__name__)

Status = Notification.Status

MOST_ATTEMPTS = 5
LEASE = timedelta(minutes=3)  # longer than a mail server may take and a task may run
FIRST_RETRY = timedelta(seconds=30)
AT_ONCE = 100


def deliver_notification(*, notification_id: int, at: datetime) -> bool:
    """Send one message, if it is due; return whether it was sent now.

    The claim and the mark are transactions of their own, and sending lies between them: whoever is killed
    there has perhaps sent, and the message goes out again when the lease ends. So a message is sent at
    least once, and twice at most for each sender that dies in those milliseconds.
    """
    if not _claim(notification_id, at):
        return False
    notification = Notification.objects.get(pk=notification_id)
    try:
        notify.send(notification)
    except Exception as error:  # whatever keeps one message back must not keep the others back
        _put_back(notification, error, at)
        return False
    Notification.objects.filter(pk=notification_id).update(status=Status.SENT, sent_at=at, error="")
    return True


def _claim(notification_id: int, at: datetime) -> bool:
    """Take the message for this sender alone. Attempts count at the claim, so that deadly ones count too."""
    due = Notification.objects.due(at).filter(pk=notification_id)
    due.filter(attempts__gte=MOST_ATTEMPTS).update(
        status=Status.FAILED, error="The sender ended without an answer at each attempt."
    )
    return bool(due.update(status=Status.SENDING, attempts=F("attempts") + 1, due_at=at + LEASE))


def _put_back(notification: Notification, error: Exception, at: datetime) -> None:
    spent = notification.attempts >= MOST_ATTEMPTS
    logger.warning("%s was not sent (attempt %d): %s", notification.pk, notification.attempts, error)
    Notification.objects.filter(pk=notification.pk).update(
        status=Status.FAILED if spent else Status.PENDING,
        due_at=at + FIRST_RETRY * 2 ** (notification.attempts - 1),
        error=f"{type(error).__name__}: {error}"[:2000],
    )


def deliver_due(*, at: datetime, may_go_on: Callable[[], bool] = lambda: True) -> int:
    """Send what is due, the oldest first, while the caller has time; return how many were sent."""
    due = Notification.objects.due(at).order_by("due_at").values_list("pk", flat=True)[:AT_ONCE]
    return sum(deliver_notification(notification_id=pk, at=at) for pk in list(due) if may_go_on())

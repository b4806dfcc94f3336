"""The one seam to the outside: how a message leaves the house. Each channel is one function."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.core.mail import send_mail

from maintenance.models import Notification

logger = logging.getLogger(__name__)


def send_email(notification: Notification) -> None:
    """Send through Django's mail backend (SMARTMAINT_EMAIL_URL, else the log).

    Raises:
        OSError: the server is out of reach or refuses (smtplib's errors are OSErrors).
    """
    send_mail(
        subject=" ".join(notification.subject.split()),
        message=notification.body,
        from_email=None,
        recipient_list=[notification.recipient],
    )


def write_to_console(notification: Notification) -> None:
    """Write to the log: for those who have no address, so that nothing is said to nobody."""
    logger.warning("to %s: %s\n%s", notification.recipient, notification.subject, notification.body)


CHANNELS: dict[str, Callable[[Notification], None]] = {
    Notification.Channel.EMAIL: send_email,
    Notification.Channel.CONSOLE: write_to_console,
}


def send(notification: Notification) -> None:
    """Send by the notification's channel; any error means that it was not sent."""
    CHANNELS[notification.channel](notification)

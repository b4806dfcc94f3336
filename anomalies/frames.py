"""How the feed's entries look on the wire: frames for programs, rows for pages."""

from __future__ import annotations

import json
from collections.abc import Callable

from django.template.loader import render_to_string

from anomalies.feed import News, frame
from anomalies.models import Alert

Show = Callable[[int, News], list[str]]


def show_frames(organization_id: int, news: News) -> list[str]:
    """Return a JSON frame for each entry, or one that says that some are missing."""
    if news.gap:
        return [json.dumps({"type": "resync", "seq": news.latest})]
    return [json.dumps(frame(entry)) for entry in news.entries]


def show_rows(organization_id: int, news: News) -> list[str]:
    """Return the list's row of each alert that changed, as it is now, in one message."""
    if news.gap:
        return ["<template data-resync></template>"]
    changed = list(dict.fromkeys(entry.alert_id for entry in news.entries))
    rows = Alert.objects.filter(organization=organization_id).with_context().select_related("assigned_to")
    alerts = rows.in_bulk(changed)
    shown = [alerts[pk] for pk in changed if pk in alerts]
    texts = [render_to_string("anomalies/alert_list.html#row", {"alert": alert}) for alert in shown]
    return ["\n".join(texts)] if texts else []

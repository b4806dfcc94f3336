"""Words that every page uses: icons, priority shapes, moments, and what the frame shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import template
from django.template import Context
from django.templatetags.static import static
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from maintenance.models import Prediction
from maintenance.worktime import city
from mlops.failure_modes import words_of
from reports.frame import FrameStatus, frame_status
from reports.labels import label_of
from reports.method_words import plainly
from sensors.models import QuarantinedReading
from sensors.zones import shared_zone

register = template.Library()

SHAPES = {
    1: mark_safe('<rect x="2" y="2" width="20" height="20" rx="2"/>'),
    2: mark_safe('<path d="M12 1.500 23 21.500H1Z"/>'),
    3: mark_safe('<path d="m12 .5 11.500 11.500-11.500 11.500L.5 12Z"/>'),
    4: mark_safe('<circle cx="12" cy="12" r="10.500"/>'),
}
NAMES = {1: "priority 1, high", 2: "priority 2, medium", 3: "priority 3, low", 4: "note"}
BASELINES = {2: "18.500"}
FORMATS = {
    "since": "%d %b %H:%M UTC",
    "datetime": "%d %b %H:%M UTC",
    "clock": "%H:%M UTC",
    "date": "%d %b",
    "day": "%a %d %b",
}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw a symbol of icons.svg; with a label it speaks, else it is decoration."""
    speaks = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    address = static("img/icons.svg")
    return format_html('<svg class="icon" {}><use href="{}#{}"/></svg>', speaks, address, name)


@register.simple_tag
def priority(level: int) -> SafeString:
    """Draw the shape of a priority, 1 to 4, with its digit."""
    return format_html(
        '<svg class="shape shape-{0}" viewBox="0 0 24 24" role="img" aria-label="{1}">{2}'
        '<text x="12" y="{3}">{0}</text></svg>',
        level,
        NAMES.get(level, NAMES[4]),
        SHAPES.get(level, SHAPES[4]),
        BASELINES.get(level, "16.500"),
    )


@register.simple_tag
def moment(at: datetime | None, form: str = "datetime", zone: str = "") -> SafeString:
    """Write a moment: the browser puts it in the zone that holds here, or in `zone`; the title says UTC."""
    if at is None:
        return mark_safe("")
    return format_html(
        '<time datetime="{}" title="{}" data-form="{}"{}>{}</time>',
        at.astimezone(UTC).isoformat(),
        f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
        form,
        format_html(' data-zone="{}"', zone) if zone else "",
        f"{at.astimezone(UTC):{FORMATS[form]}}",
    )


@register.simple_tag(takes_context=True)
def plant_zone(context: Context) -> str:
    """Return the time zone of the caller's sites, or "" where they differ (or nobody is signed in)."""
    caller = context.get("caller")
    return shared_zone(caller.organization) if caller else ""


@register.simple_tag(takes_context=True)
def quarantined(context: Context) -> int:
    """Count the refused readings of the caller's organization that nobody has settled."""
    return QuarantinedReading.objects.filter(organization=context["organization"]).waiting().count()


@register.simple_tag(takes_context=True)
def frame(context: Context) -> FrameStatus:
    """Return what the frame shows of the caller's organization."""
    return frame_status(context["caller"])


@register.filter
def figure(value: float | None) -> str:
    """Write a number as people read it: three or four digits that matter, thousands parted."""
    if value is None:
        return "–"
    size = abs(value)
    if size >= 1e9 or 0 < size < 0.01:
        return f"{value:.3g}"
    if size >= 1000:
        return f"{value:,.0f}".replace(",", "\u202f")
    return f"{value:.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"


@register.filter
def percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.0f} %"


@register.filter
def get(mapping: dict[Any, Any], key: Any) -> Any:
    """Look a key up: templates cannot."""
    return mapping.get(key)


@register.filter
def thousands(number: int) -> str:
    """Part thousands by a thin space."""
    return f"{number:,}".replace(",", "\u202f")


@register.filter
def hours(duration: float | None) -> str:
    """Write a duration in hours as people say it: minutes, hours or days."""
    if duration is None:
        return "–"
    if duration < 2:
        return f"{duration * 60:.0f} min"
    return f"{duration:.0f} h" if duration < 72 else f"{duration / 24:.0f} d"


@register.filter
def latest_safe(prediction: Prediction) -> datetime | None:
    """Return when the limit may be met at the earliest (the 5 % bound)."""
    if prediction.hours_low is None:
        return None
    return prediction.predicted_at + timedelta(hours=prediction.hours_low)


@register.filter
def humane(name: str) -> str:
    """Write a code's name in words."""
    return name.replace("_", " ")


@register.filter
def parted(reasons: list[str]) -> tuple[list[str], list[str]]:
    """Part what speaks for a decision from the lines of the policy that did not fit."""
    misfits = [reason for reason in reasons if reason.startswith("Not “")]
    return [reason for reason in reasons if reason not in misfits], misfits


@register.filter
def moment_of(text: str) -> datetime | None:
    """Read a moment that was kept as RFC 3339 text."""
    return parse_datetime(text)


register.filter("city", city)
register.filter("label", label_of)
register.filter("plainly", plainly)
register.filter("mode", words_of)

"""Drift in templates: what was found of a model, and the small picture of then and now."""

from __future__ import annotations

from dataclasses import dataclass

from django import template

from mlops.drift.drawing import HEIGHT, WIDTH, outline
from mlops.models import DriftFinding, Model

register = template.Library()


@dataclass(frozen=True)
class Picture:
    """Two histograms on one scale, as paths, and the ends of their axis."""

    before: str
    now: str
    low: float
    high: float
    box: str = f"0 -1 {WIDTH} {HEIGHT + 1}"


@register.filter
def picture(finding: DriftFinding) -> Picture | None:
    """Draw what the reference and the window were like; None where nothing was compared."""
    drawn = finding.histogram
    if not drawn:
        return None
    most = max([*drawn["reference"], *drawn["now"]])
    before, now = (outline(drawn[name], most) for name in ("reference", "now"))
    return Picture(before, now, drawn["low"], drawn["high"])


@register.simple_tag
def drift_of(model: Model) -> list[DriftFinding]:
    """Return what was last found of a model's inputs, the greatest drift first."""
    rows = DriftFinding.objects.filter(
        organization=model.organization_id, purpose=model.purpose, scope=model.scope
    )
    found = rows.current().exclude(input="").select_related("job")
    return sorted(found, key=lambda row: (row.outcome != row.Outcome.DRIFTED, -(row.excess or 0), row.input))

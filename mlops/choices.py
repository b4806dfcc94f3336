"""The model that answers for a sensor or a machine: what serves, what people chose, and the rule."""

from __future__ import annotations

from mlops.choosing import Choice, Offer, Override, Subject, choose
from mlops.models import ModelChoice, ModelVersion


def chosen(*, organization_id: int, purpose: str, subject: Subject) -> Choice:
    """Return the model of this purpose for the subject, or none, with the reason."""
    rows = ModelVersion.objects.champions().filter(
        model__organization=organization_id, model__purpose=purpose
    )
    models = [version.model for version in rows.select_related("model")]
    offers = [Offer(one.pk, one.name, one.scope, str(one.tags.get("domain", ""))) for one in models]
    return choose(subject, offers, override_of(organization_id, purpose, subject))


def override_of(organization_id: int, purpose: str, subject: Subject) -> Override | None:
    """Return what a person chose last: for the subject itself, else for its machine, else for its class."""
    scopes = [subject.scope, subject.asset, f"asset-class:{subject.asset_class}"]
    rows = ModelChoice.objects.filter(organization=organization_id, purpose=purpose, subject__in=scopes)
    newest = {row.subject: row for row in rows.order_by("at", "pk")}
    for scope in scopes:
        row = newest.get(scope)
        if row and row.model_id:
            return Override(row.model_id, row.actor, row.reason)
    return None

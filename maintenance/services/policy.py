"""The organization's decision policy."""

from __future__ import annotations

from django.db import transaction

from maintenance.decision import DEFAULT_POLICY, Line
from maintenance.models import DecisionRule, Skill
from smartmaint.accounts.models import Organization

STEP = 10


@transaction.atomic
def ensure_policy(*, organization: Organization) -> list[DecisionRule]:
    """Return the policy's lines in order; an organization without any gets the default ones."""
    rules = list(DecisionRule.objects.filter(organization=organization).order_by("position"))
    return rules or _seed(organization)


def _seed(organization: Organization) -> list[DecisionRule]:
    codes = sorted({line.skill for line in DEFAULT_POLICY} - {""})
    Skill.objects.bulk_create(
        [Skill(organization=organization, code=code, name=code.title()) for code in codes],
        ignore_conflicts=True,
    )
    DecisionRule.objects.bulk_create(
        [_rule(organization, number * STEP, line) for number, line in enumerate(DEFAULT_POLICY, start=1)],
        ignore_conflicts=True,
    )
    return list(DecisionRule.objects.filter(organization=organization).order_by("position"))


def _rule(organization: Organization, position: int, line: Line) -> DecisionRule:
    return DecisionRule(
        organization=organization,
        position=position,
        name=line.name,
        asset_class=line.asset_class,
        causes=list(line.causes),
        outcomes=list(line.outcomes),
        worst_priority=line.worst_priority,
        most_critical=line.most_critical,
        least_confidence=line.least_confidence,
        most_hours=line.most_hours,
        action=line.action,
        within_hours=line.within_hours,
        work_hours=line.work_hours,
        skill=line.skill,
    )


def line_of(rule: DecisionRule) -> Line:
    return Line(
        name=rule.name,
        action=rule.action,
        within_hours=rule.within_hours,
        work_hours=rule.work_hours,
        skill=rule.skill,
        asset_class=rule.asset_class,
        causes=tuple(rule.causes),
        outcomes=tuple(rule.outcomes),
        worst_priority=rule.worst_priority,
        most_critical=rule.most_critical,
        least_confidence=rule.least_confidence,
        most_hours=rule.most_hours,
    )

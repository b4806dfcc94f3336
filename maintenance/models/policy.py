"""The decision policy, stored as data."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from anomalies.models import Alert
from maintenance.models.decisions import Action, Prediction
from maintenance.models.people import Skill
from smartmaint.accounts.models import Organization


class DecisionRule(models.Model):
    """One line of the decision policy. The first line that fits decides; an empty condition always fits."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="decision_rules")
    position = models.PositiveSmallIntegerField(help_text="Lines are tried in this order.")
    name = models.CharField(max_length=100)
    asset_class = models.CharField(max_length=64, blank=True, help_text="Empty: any.")
    causes = models.JSONField(default=list, blank=True, help_text="Alert causes; empty: any.")
    outcomes = models.JSONField(default=list, blank=True, help_text="Prediction outcomes; empty: any.")
    worst_priority = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Fits alerts of this priority or a more urgent one (1 is most urgent).",
    )
    most_critical = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Fits assets of this criticality or a higher one (1 is A)."
    )
    least_confidence = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="Fits alerts validated with this confidence or more, 0 to 1.",
    )
    most_hours = models.FloatField(
        null=True, blank=True, help_text="Fits when the limit may come within this time."
    )
    action = models.CharField(max_length=8, choices=Action)
    within_hours = models.FloatField(default=24, help_text="The work or the answer is due within this time.")
    work_hours = models.FloatField(default=2, help_text="How long a technician is booked.")
    skill = models.CharField(max_length=64, blank=True, help_text="Code of the skill the work needs.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "position"], name="decision_rule_position"),
            models.CheckConstraint(
                condition=Q(work_hours__gt=0, within_hours__gt=0), name="decision_rule_hours_positive"
            ),
        ]
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.position}. {self.name}"

    def clean(self) -> None:
        """Refuse conditions that no alert and no prediction could ever meet."""
        wrong = {
            "causes": _foreign(self.causes, Alert.Cause.values),
            "outcomes": _foreign(self.outcomes, Prediction.Outcome.values),
        }
        errors = {field: text for field, text in wrong.items() if text}
        if self.skill and not Skill.objects.filter(organization=self.organization_id, code=self.skill):
            errors["skill"] = f"There is no skill with the code {self.skill}."
        if errors:
            raise ValidationError(errors)


def _foreign(values: Any, choices: list[str]) -> str:
    """Say what is wrong with a list of choices, or nothing."""
    if not isinstance(values, list):
        return f'Write a list, such as ["{choices[0]}"].'
    strange = [value for value in values if value not in choices]
    return f"Not known: {strange}. Known: {choices}." if strange else ""

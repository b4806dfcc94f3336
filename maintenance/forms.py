"""What people answer to a decision, and what technicians find."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms

from anomalies.models import Alert
from maintenance.models import Action, DecisionAnswer, MaintenanceLog, MaintenanceTask
from maintenance.services import Changes, Found
from mlops.failure_modes import modes_for

MOST_HOURS = 24 * 14


class AnswerForm(forms.Form):
    """A rejection says why; a deferral how long; a change what."""

    answer = forms.ChoiceField(choices=DecisionAnswer.Answer.choices)
    justification = forms.CharField(max_length=1000, required=False)
    defer_hours = forms.IntegerField(min_value=1, max_value=MOST_HOURS, required=False)
    action = forms.ChoiceField(
        choices=[(Action.ACT, "act now"), (Action.PLAN, "plan work"), (Action.WATCH, "watch only")],
        required=False,
    )
    work_hours = forms.FloatField(min_value=0.25, max_value=72, required=False)
    due_hours = forms.IntegerField(min_value=1, max_value=MOST_HOURS, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("answer") == DecisionAnswer.Answer.REJECT and not data.get("justification"):
            self.add_error("justification", "Say why it is rejected.")
        return data

    def answer_at(self, at: datetime) -> dict[str, Any]:
        """Return the arguments of `answer_decision` that the form gives."""
        data = self.cleaned_data
        given: dict[str, Any] = {"answer": data["answer"], "justification": data["justification"]}
        if data["answer"] == DecisionAnswer.Answer.DEFER and data["defer_hours"]:
            given["deferred_until"] = at + timedelta(hours=data["defer_hours"])
        if data["answer"] == DecisionAnswer.Answer.MODIFY:
            given["changes"] = Changes(
                action=data["action"] or None,
                work_hours=data["work_hours"],
                due_at=at + timedelta(hours=data["due_hours"]) if data["due_hours"] else None,
            )
        return given


class CompleteForm(forms.Form):
    """Three taps: what was found, what failed, done. Notes may be left out.

    Of several alerts the same was found, unless `finding_<id>`, `failure_mode_<id>` say otherwise.
    """

    finding = forms.ChoiceField(
        choices=MaintenanceLog.Finding.choices, error_messages={"required": "Choose what you found."}
    )
    failure_mode = forms.ChoiceField(required=False)
    notes = forms.CharField(max_length=4000, required=False)
    new_baseline = forms.BooleanField(required=False)

    def __init__(self, *args: Any, task: MaintenanceTask, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        modes = [("", "none"), *modes_for(task.asset.asset_class)]
        self.fields["failure_mode"].choices = modes  # type: ignore[attr-defined]
        self.alerts = task.alerts if len(task.alerts) > 1 else []
        for alert in self.alerts:
            same = [("", "as above"), *MaintenanceLog.Finding.choices]
            self.fields[f"finding_{alert.pk}"] = forms.ChoiceField(choices=same, required=False)
            self.fields[f"failure_mode_{alert.pk}"] = forms.ChoiceField(choices=modes, required=False)

    @property
    def of_each(self) -> list[tuple[Alert, forms.BoundField, forms.BoundField]]:
        """Each of several alerts with its two fields."""
        return [(one, self[f"finding_{one.pk}"], self[f"failure_mode_{one.pk}"]) for one in self.alerts]

    @property
    def tells_apart(self) -> bool:
        return any(finding.value() or finding.errors or mode.errors for _, finding, mode in self.of_each)

    def found(self) -> dict[str, Any]:
        """Return the arguments of `complete_task` that the form gives."""
        said = self.cleaned_data
        given = {name: said[name] for name in ("finding", "failure_mode", "notes", "new_baseline")}
        findings = {
            alert.pk: Found(said[f"finding_{alert.pk}"], said[f"failure_mode_{alert.pk}"])
            for alert in self.alerts
            if said[f"finding_{alert.pk}"]
        }
        return {**given, "findings": findings}

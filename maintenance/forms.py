"""What people answer to a decision, and what technicians find."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms

from maintenance.models import Action, DecisionAnswer, MaintenanceLog
from maintenance.services import Changes
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
    """Three taps: what was found, what failed, done. Notes may be left out."""

    finding = forms.ChoiceField(
        choices=MaintenanceLog.Finding.choices, error_messages={"required": "Choose what you found."}
    )
    failure_mode = forms.ChoiceField(required=False)
    notes = forms.CharField(max_length=4000, required=False)
    new_baseline = forms.BooleanField(required=False)

    def __init__(self, *args: Any, asset_class: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["failure_mode"].choices = [("", "none"), *modes_for(asset_class)]  # type: ignore[attr-defined]

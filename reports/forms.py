"""What people write on pages of models."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from mlops import datasets
from reports.subjects import subject_of
from smartmaint.accounts.models import Organization

SCOPE = re.compile(r"organization|sensor:\d{1,18}|asset:\d{1,18}|asset-class:[\w -]{1,80}|table:[\w.-]{1,80}")


class TrainForm(forms.Form):
    purpose = forms.CharField(max_length=32)
    scope = forms.CharField(max_length=100, initial="organization")

    def clean_purpose(self) -> str:
        purpose: str = self.cleaned_data["purpose"]
        if purpose not in datasets.known():
            raise forms.ValidationError(f"Nothing can be trained for {purpose!r} yet.")
        return purpose

    def clean_scope(self) -> str:
        scope: str = self.cleaned_data["scope"]
        if not SCOPE.fullmatch(scope):
            raise forms.ValidationError(
                "Say organization, sensor:7, asset:3, asset-class:pump or table:NAME."
            )
        return scope


class TableForm(forms.Form):
    """A table to learn from; without a name it is called after its file."""

    file = forms.FileField(error_messages={"required": "Choose a file first."})
    name = forms.RegexField(
        r"^[\w.-]{1,80}\Z",
        required=False,
        error_messages={
            "invalid": "Name: up to 80 letters, digits, dots, dashes and underscores, no spaces."
        },
    )

    @property
    def first_error(self) -> str:
        return str(next(iter(self.errors.values()))[0])


class ChoiceForm(forms.Form):
    """Whom a model is to answer for, and why."""

    subject = forms.CharField(max_length=200)
    reason = forms.CharField(max_length=1000)

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organization = organization

    def clean_subject(self) -> str:
        subject = subject_of(self.organization, self.cleaned_data["subject"])
        if subject is None:
            raise forms.ValidationError("There is none: pick a machine, a sensor or a class from the list.")
        return subject


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=1000, required=False)

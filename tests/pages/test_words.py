"""The words that pages share."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string

from reports.templatetags.pages import figure


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "–"), (0.0, "0.00"), (0.00123, "0.00123"), (2.345, "2.35"), (-123.4, "-123"), (1e30, "1e+30")],
)
def test_a_number_keeps_the_digits_that_matter(value, words):
    assert figure(value) == words


def test_the_policy_lines_that_did_not_fit_are_folded():
    reasons = ["Policy line “Urgent” fits.", "Not “Limit near”: no trend."]
    said, _, folded = render_to_string("parts/reasons.html", {"reasons": reasons}).partition("<details")
    assert "Urgent" in said
    assert "Limit near" in folded

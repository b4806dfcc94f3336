from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from maintenance.decision import DEFAULT_POLICY
from maintenance.models import Decision, DecisionRule, Skill
from maintenance.services import decide_action, ensure_policy
from maintenance.services.policy import line_of
from smartmaint.events.models import EventRecord
from tests.maintenance.factories import NOW, PredictionFactory, working


@pytest.fixture
def prediction(organization):
    place = {"alert__asset__organization": organization, "alert__asset__site__organization": organization}
    return PredictionFactory(**place)


def test_an_organization_starts_with_the_default_policy(organization):
    rules = ensure_policy(organization=organization)
    assert tuple(line_of(rule) for rule in rules) == DEFAULT_POLICY
    assert Skill.objects.get(organization=organization).code == "instrumentation"


def test_a_policy_that_is_there_is_left_alone(organization):
    first = ensure_policy(organization=organization)
    first[0].delete()
    assert len(ensure_policy(organization=organization)) == len(first) - 1


def test_the_default_policy_would_pass_the_admins_checks(organization):
    for rule in ensure_policy(organization=organization):
        rule.full_clean()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"causes": ["fire"]}, "causes"),
        ({"causes": "sensor_stuck"}, "causes"),
        ({"outcomes": ["doom"]}, "outcomes"),
        ({"outcomes": [["no_limit"]]}, "outcomes"),
        ({"least_confidence": 2}, "least_confidence"),
        ({"skill": "alchemy"}, "skill"),
        ({"action": "panic"}, "action"),
    ],
)
def test_a_line_that_could_never_fit_is_refused(organization, change, field):
    values = {"position": 1, "name": "mine", "action": "act", **change}
    with pytest.raises(ValidationError) as refused:
        DecisionRule(organization=organization, **values).full_clean()
    assert field in refused.value.message_dict


def test_the_organizations_own_policy_decides(prediction):
    DecisionRule.objects.create(
        organization=prediction.organization, position=1, name="Just look", action="watch"
    )
    decision = decide_action(prediction=prediction, at=NOW)
    assert (decision.action, decision.rule_name, decision.status) == ("watch", "Just look", "automatic")
    assert decision.reasons[0] == "Policy line “Just look” fits."
    assert not EventRecord.objects.exists()


def test_a_prediction_is_decided_on_once(prediction):
    first, second = (decide_action(prediction=prediction, at=NOW) for _ in range(2))
    assert first == second == Decision.objects.get()


def test_a_question_comes_with_a_proposal(prediction):
    working(prediction.alert.asset.site, "Ana")
    prediction.alert.confidence = 0.6
    decision = decide_action(prediction=prediction, at=NOW)
    assert (decision.status, decision.action) == ("pending", "ask")
    assert decision.proposal["technician"] == "Ana"
    assert decision.question.endswith("Book Ana on Mon 02 Mar 12:00 (UTC)?")

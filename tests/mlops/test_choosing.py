from __future__ import annotations

import pytest

from mlops.choices import chosen
from mlops.choosing import Offer, Subject, choose
from mlops.services import choose_model
from smartmaint.accounts.problems import Unprocessable
from tests.mlops.factories import AT, ModelFactory, VersionFactory

SENSOR = Subject("sensor:7", kind="vibration", asset="asset:3", asset_class="pump")
OFFERS = [
    Offer(1, "all", "organization"),
    Offer(2, "bearings", "organization", "bearing"),
    Offer(3, "sounds", "organization", "audio"),
    Offer(4, "pumps", "asset-class:pump"),
    Offer(5, "machine", "asset:3"),
    Offer(6, "own", "sensor:7"),
]


@pytest.mark.parametrize(
    ("offers", "best", "words"),
    [
        (6, 6, "just this"),
        (5, 5, "its machine"),
        (4, 4, "every pump"),
        (3, 2, "fits a sensor of vibration"),
        (1, 1, "whole organization"),
    ],
)
def test_the_nearest_model_wins_and_says_why(offers, best, words):
    choice = choose(SENSOR, OFFERS[:offers])
    assert choice.model_id == best
    assert words in choice.reason


def test_a_model_of_sounds_never_answers_for_vibration():
    choice = choose(SENSOR, [OFFERS[2]])
    assert choice.model_id is None
    assert "No model that serves fits" in choice.reason


@pytest.mark.django_db
def test_a_persons_choice_goes_first_and_is_taken_back_by_another_row(organization):
    own = ModelFactory(organization=organization, scope="sensor:7")
    other = ModelFactory(organization=organization, scope="sensor:8", name="other")
    for model in (own, other):
        VersionFactory(model=model, stage="champion")
    asked = {"organization_id": organization.pk, "purpose": "failure"}
    row = {**asked, "subject": "sensor:7", "at": AT, "by": "Ana"}
    choose_model(**row, model=other, reason="it is the twin")
    assert chosen(**asked, subject=SENSOR).reason == "Ana chose “other”: it is the twin"
    choose_model(**row, model=None, reason="no longer")
    assert chosen(**asked, subject=SENSOR).model_id == own.pk


@pytest.mark.django_db
def test_another_organizations_model_cannot_be_chosen(organization, other_organization):
    foreign = ModelFactory(organization=other_organization)
    with pytest.raises(Unprocessable, match="not a model of this organization"):
        choose_model(
            organization_id=organization.pk,
            purpose="failure",
            subject="sensor:7",
            model=foreign,
            reason="x",
            at=AT,
            by="Ana",
        )

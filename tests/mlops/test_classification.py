from __future__ import annotations

import re

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.metrics import average_precision_score
from threadpoolctl import threadpool_limits

from mlops.predictors import classification, trees
from mlops.predictors.answers import NotEnoughData
from mlops.predictors.classification import Table
from mlops.predictors.pairs import code_texts


def presses(rows: int, seed: int) -> Table:
    """Presses fail where force x speed is above what their grade bears."""
    rng = np.random.default_rng(seed)
    grade = rng.choice(["cheap", "fair", "good"], rows)
    columns = {
        "grade": grade,
        "force": rng.normal(40, 10, rows),
        "speed": rng.normal(1500, 200, rows),
        "humidity": rng.uniform(20, 80, rows),
    }
    bears = np.select([grade == "cheap", grade == "fair"], [80_000, 90_000], 98_000)
    return Table(columns, columns["force"] * columns["speed"] > bears)


@pytest.fixture(scope="module")
def model():
    return classification.train(presses(1000, 1))


USUAL = {"grade": "fair", "force": 40.0, "speed": 1500.0, "humidity": 50.0}


def test_it_finds_the_pair_that_matters_and_tells_who_fails(model):
    assert ("force", "*", "speed") in [
        (model.inputs[pair.first], pair.sign, model.inputs[pair.second]) for pair in model.chosen
    ]
    test = presses(2000, 2)
    assert average_precision_score(test.failed, model.predict(test.columns)) > 0.97


def test_it_orders_texts_by_how_often_they_fail():
    table = presses(1500, 1)
    assert code_texts(table.columns["grade"], table.failed) == {"good": 0, "fair": 1, "cheap": 2}


def test_it_says_what_its_answer_is_owed_to(model):
    answer = model.answer({**USUAL, "force": 75.0}, explain=True)
    assert answer.prediction > 0.9
    assert (answer.contributions[0].feature, answer.contributions[0].value) == ("force", 75.0)
    assert answer.contributions[0].contribution > 0.8
    assert abs({one.feature: one.contribution for one in answer.contributions}["humidity"]) < 0.05


@pytest.mark.parametrize(
    ("strange", "words"),
    [({"force": 4000.0}, "force was .* 4000 is far outside"), ({"grade": "golden"}, "never 'golden'")],
)
def test_it_refuses_what_is_far_outside_of_its_experience(model, strange, words):
    answer = model.answer({**USUAL, **strange})
    assert answer.prediction is None
    assert answer.refusal.code == "outside_experience"
    assert re.search(words, answer.refusal.detail)


def test_it_names_its_inputs_with_their_ranges():
    named = {one["name"]: one for one in classification.features_of(presses(1000, 1))}
    assert named["grade"] == {"name": "grade", "kind": "text", "values": ["cheap", "fair", "good"]}
    assert 0 < named["force"]["low"] < 20 < 60 < named["force"]["high"] < 80


def test_it_tells_apart_what_32_bits_do_not():
    rng = np.random.default_rng(3)
    steps = rng.integers(0, 2, 200)
    table = Table({"level": 1e6 + steps * 1e-4, "noise": rng.normal(size=200)}, steps == 1)
    said = classification.train(table).predict(table.columns)
    assert said[steps == 0].max() < 0.5 < said[steps == 1].min()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (presses(150, 1), "150 rows; 200 are needed"),
        (Table(presses(300, 1).columns, np.arange(300) < 4), "4 rows that failed; 10 are needed"),
        (Table(presses(300, 1).columns, np.arange(300) > 4), "5 rows that did not fail"),
    ],
)
def test_it_says_what_is_missing(table, words):
    with pytest.raises(NotEnoughData, match=words):
        classification.train(table)


def test_trees_as_arrays_answer_what_scikit_learn_answers():
    rng = np.random.default_rng(0)
    values, labels = rng.normal(size=(400, 5)), rng.random(400) < 0.3
    unseen = rng.normal(size=(300, 5)) * 2
    forest = RandomForestClassifier(20, random_state=0).fit(values, labels)
    with threadpool_limits(1):
        boosting = HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(values, labels)
    for taken, grown in ((trees.of_forest(forest), forest), (trees.of_boosting(boosting), boosting)):
        assert taken.probability(unseen) == pytest.approx(grown.predict_proba(unseen)[:, 1], abs=1e-12)

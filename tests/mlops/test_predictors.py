"""What every predictor promises: stored and read again it answers the same, a seed decides all chance, and
too little data is refused in words. An algorithm that is added needs a case here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from mlops.artifacts import digest, pack, unpack
from mlops.models.registry import Purpose
from mlops.predictors import ALGORITHMS, algorithm
from mlops.predictors.answers import NotEnoughData
from mlops.predictors.forecasting.choosing import MODULES
from mlops.predictors.forecasting.history import TooShort
from tests.mlops import engines, fleets
from tests.mlops.test_classification import USUAL, presses
from tests.mlops.test_forecasting import daily, history

COURSE = history(daily(1300))


@dataclass(frozen=True)
class Case:
    """What an algorithm learns from, what is too little of it, and what it is asked, as plain values."""

    enough: Any
    too_little: Any
    words: str
    ask: Callable[[Any], list[Any]]


def ask_table(model: Any) -> list[Any]:
    return [model.predict(presses(200, 4).columns).tolist(), model.answer(USUAL, explain=True)]


def ask_machine(model: Any) -> list[Any]:
    one = fleets.machine("M66", 66)
    return [model.predict(one).tolist(), model.estimate(fleets.cut(one, 400))]


def ask_engines(model: Any) -> list[Any]:
    return list(model.predict([engines.life(seed).until(80) for seed in (2010, 2011)]))


def ask_course(model: Any) -> list[Any]:
    said = model.predict(COURSE.values)
    assert said.shape == (24, 1)
    return list(said.tolist())


FORECAST = Case(COURSE, COURSE.until(20), "not enough data: 20 rows of", ask_course)
CASES = {
    "pair-forest": Case(presses(250, 5), presses(150, 1), "150 rows; 200 are needed", ask_table),
    "signs-ensemble": Case(
        fleets.fleet(machines=3), fleets.fleet(machines=1), "1 machines with telemetry; 2 are", ask_machine
    ),
    "wear-path": Case(
        engines.fleet(8), engines.fleet(5), "5 lives up to a failure; 8 are needed", ask_engines
    ),
    **dict.fromkeys(MODULES, FORECAST),
}
EACH = pytest.mark.parametrize("name", [*ALGORITHMS, *MODULES])


def module_of(name: str) -> ModuleType:
    return algorithm(name) if name in ALGORITHMS else import_module(MODULES[name])


@cache
def learnt(name: str) -> Any:
    return module_of(name).train(CASES[name].enough, seed=4)


@EACH
def test_it_says_what_it_is(name):
    module = module_of(name)
    assert (module.NAME, module.PURPOSE in Purpose.values, bool(module.VERSION)) == (name, True, True)


@EACH
def test_kept_and_read_again_it_answers_the_same(name):
    module, model = module_of(name), learnt(name)
    data = pack(module.to_parts(model))
    again = module.from_parts(unpack(data, digest(data)))
    assert CASES[name].ask(again) == CASES[name].ask(model)
    assert pack(module.to_parts(again)) == data


@EACH
def test_the_same_seed_learns_the_same(name):
    again = module_of(name).train(CASES[name].enough, seed=4)
    assert CASES[name].ask(again) == CASES[name].ask(learnt(name))


@EACH
def test_too_little_is_refused_with_what_is_missing(name):
    case = CASES[name]
    with pytest.raises((NotEnoughData, TooShort), match=case.words):
        module_of(name).train(case.too_little)

from __future__ import annotations

import pytest

from maintenance.prediction import METHOD
from mlops.detectors import sensor
from mlops.predictors import ALGORITHMS
from mlops.predictors.forecasting.choosing import MODULES
from reports.method_words import plainly

TABLES_ONLY = "pair-forest"  # stands on the pages of models, where names are technical


@pytest.mark.parametrize("name", [METHOD, sensor.VERSION, *MODULES, *sorted({*ALGORITHMS} - {TABLES_ONLY})])
def test_what_stands_beside_a_judgement_has_plain_words(name):
    assert plainly(name) != name


def test_a_method_without_plain_words_keeps_its_name():
    assert plainly("holt-9") == "holt-9"

"""How NAB's score counts, and what the production detectors reach by it."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from reports.evaluation import nab as production
from reports.evaluation.folders import BadFolder
from tests.anomalies.real_data import labelled_windows
from tests.evaluation import nab

STANDARD, LOW_FALSE = nab.PROFILES[:2]
ROWS = 1000


def recording(*called: int, windows=((500.0, 599.0),)) -> nab.Recording:
    scores = np.zeros(ROWS)
    scores[list(called)] = 0.8
    return nab.recording("a", np.arange(float(ROWS)), scores, windows)


def score(one: nab.Recording, profile: nab.Profile = STANDARD, mark: float = 0.5) -> float:
    return nab.normalised(nab.results([one], profile, mark), np.array([one.windows]), profile)


def test_silence_is_worth_nothing_and_the_first_row_of_a_window_all():
    assert score(recording()) == 0
    assert score(recording(500)) == pytest.approx(100)


def test_the_earliest_detection_of_a_window_counts_once():
    assert score(recording(540, 560, 599)) == score(recording(540))
    assert score(recording(500)) > score(recording(540)) > score(recording(599)) > 0


def test_a_false_alarm_costs_by_its_distance_from_the_window_before():
    near, far, before = (score(recording(500, row)) for row in (600, 900, 300))
    assert near > far
    assert far == pytest.approx(before, abs=0.01)
    assert 100 - before == pytest.approx(100 * 0.11 / 2)
    assert 100 - score(recording(500, 300), LOW_FALSE) == pytest.approx(100 * 0.22 / 2)


def test_the_first_rows_are_not_scored():
    assert score(recording(149)) == 0
    assert score(recording(150)) < 0
    assert recording(windows=((10.0, 60.0), (500.0, 599.0))).windows == 1


def test_the_best_mark_is_the_best_of_all():
    one = recording(500)
    one.scores[:] = np.where(np.arange(len(one.scores)) == 350, 0.9, 0.4)
    assert nab.best([one], STANDARD) == (pytest.approx(100.0), pytest.approx(0.9))


FILES = ("realAWSCloudwatch/ec2_cpu_utilization_5f5533", "realTraffic/speed_7578")


@pytest.fixture(scope="module")
def written(test_data, tmp_path_factory) -> tuple[Path, list[str]]:
    """What `manage.py evaluate nab` writes of two files, one of them gzipped."""
    data, out = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("out")
    for number, name in enumerate(FILES):
        source = (test_data / "NAB/data" / f"{name}.csv").read_bytes()
        target = data / f"{name}.csv{'.gz' if number else ''}"
        target.parent.mkdir(parents=True)
        target.write_bytes(gzip.compress(source) if number else source)
    return out, list(production.evaluate(data, out, {}))


def test_it_writes_a_score_for_each_row_in_order(written, test_data):
    for name in FILES:
        scores = (written[0] / f"{name}.csv").read_text().splitlines()
        stamps = [line.split(",")[0] for line in (test_data / "NAB/data" / f"{name}.csv").open()]
        assert [line.split(",")[0] for line in scores] == stamps
        assert all(0 <= float(line.split(",")[1]) <= 1 for line in scores[1:])


def test_it_prints_the_one_threshold_the_product_alarms_at(written):
    assert written[1][-1].startswith("threshold: 0.5 ")


def test_it_finds_most_windows_with_few_false_alarms(written, test_data):
    windows: Mapping[str, list[nab.Window]] = labelled_windows(test_data / "NAB")
    recordings = nab.read(test_data / "NAB", written[0])
    counts = np.sum([nab.announced(one, nab.MARK) for one in recordings], axis=0)
    assert counts[0] >= sum(len(windows[f"{name}.csv"]) for name in FILES) - 1
    assert counts[1] <= 4


def signal(rows: int = 900) -> production.Recording:
    values = np.random.default_rng(0).normal(25, 1, rows)
    values[700:720] += 8
    return production.Recording([str(row) for row in range(rows)], np.arange(rows) * 300.0, values)


def test_no_score_depends_on_later_rows_or_on_how_they_are_cut():
    whole = production.score(signal())
    part = signal()
    part = production.Recording(part.timestamps[:750], part.time[:750], part.value[:750])
    np.testing.assert_array_equal(production.score(part, at_once=37), whole[:750])


def test_a_lasting_anomaly_is_announced_once():
    scores = production.score(signal())
    assert np.flatnonzero(scores[650:800] >= production.SENSITIVE_MARK).tolist() == [50]
    assert scores[700] >= production.CALM_MARK


def test_a_spreadsheet_s_mark_and_a_file_without_rows_are_read(tmp_path):
    marked, bare = tmp_path / "marked.csv", tmp_path / "bare.csv"
    marked.write_bytes(b"\xef\xbb\xbftimestamp,value\r\n2026-03-02 00:00:00,1.5\r\n")
    bare.write_text("timestamp,value\n")
    assert production.read(marked).value.tolist() == [1.5]
    assert len(production.score(production.read(bare))) == 0


def test_rows_that_would_not_be_stored_score_nothing():
    one = signal(500)
    one.time[300], one.value[400] = one.time[299], np.nan
    scores = production.score(one)
    assert (scores[300], scores[400]) == (0, 0)
    assert len(one.heard) == 498


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "timestamp,value\nyesterday,2\n", ""])
def test_it_says_what_is_wrong_with_a_file(tmp_path, text):
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(BadFolder, match=r"bad\.csv"):
        list(production.evaluate(tmp_path, tmp_path / "out", {}))

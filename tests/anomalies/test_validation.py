from __future__ import annotations

import pytest

from anomalies.validation import SURE, Evidence, Mover, verdict


def evidence(*movers: Mover, **values) -> Evidence:
    defaults = {"sensor_trouble": False, "score": 5.0, "priority": 2}
    return Evidence(movers=movers, **defaults | values)


SPIKE = Mover(name="Vibration", abnormal=1)
LASTING = Mover(name="Vibration", abnormal=40)


@pytest.mark.parametrize("score", [2.5, 3.0, 5.0, 9.0])
def test_it_confirms_a_single_spike_of_a_healthy_sensor_with_less_confidence(score):
    spike, lasting = verdict(evidence(SPIKE, score=score)), verdict(evidence(LASTING, score=score))
    assert spike.confirmed
    assert spike.confidence < lasting.confidence
    assert "A single reading shows it so far." in spike.reasons


def test_it_lowers_the_priority_of_a_spike_and_not_of_what_lasts():
    assert verdict(evidence(SPIKE, score=3.0)).priority == 3
    assert verdict(evidence(LASTING, score=3.0)).priority == 2


@pytest.mark.parametrize(("detected", "seen"), [(1, 2), (3, 3), (4, 4)])
def test_a_lowered_priority_stays_an_alarm(detected, seen):
    assert verdict(evidence(SPIKE, score=3.0, priority=detected)).priority == seen


def test_it_is_sure_when_neighbours_move_too():
    together = verdict(evidence(LASTING, followers=("Bearing temperature",)))
    assert together.confidence > SURE
    assert "Vibration and Bearing temperature moved at the same time." in together.reasons


def test_it_dismisses_a_faint_spike_that_a_redundant_sensor_did_not_see():
    judged = verdict(evidence(SPIKE, score=3.0, dissenters=("Vibration 2",)))
    assert not judged.confirmed
    assert "Vibration 2 measures the same and saw nothing." in judged.reasons


def test_a_redundant_sensor_that_saw_nothing_does_not_outvote_what_lasts():
    assert verdict(evidence(LASTING, dissenters=("Vibration 2",))).confirmed


def test_it_dismisses_what_only_bad_readings_show():
    judged = verdict(evidence(Mover(name="Flow", abnormal=3, quality=0.2), score=4.0))
    assert not judged.confirmed
    assert judged.reasons[0] == "The abnormal readings are of low quality (20% at best)."


def test_it_holds_a_machine_alarm_back_while_its_sensor_is_in_trouble():
    judged = verdict(evidence(Mover(name="Flow", abnormal=50, trouble="sensor stuck"), score=9.0))
    assert not judged.confirmed
    assert "Flow itself is in trouble: sensor stuck." in judged.reasons


def test_a_sound_sensor_carries_the_alarm_beside_a_broken_one():
    assert verdict(evidence(Mover(name="Flow", abnormal=50, trouble="sensor stuck"), LASTING)).confirmed


def test_it_believes_a_limit_that_was_crossed():
    beyond = Mover(name="Pressure", abnormal=1, beyond_limit=True)
    judged = verdict(evidence(beyond, score=3.0))
    assert (judged.confirmed, judged.priority) == (True, 2)
    assert judged.confidence > SURE


def test_it_learns_from_false_alarms_of_the_same_kind():
    assert not verdict(evidence(SPIKE, score=3.0, past=4, past_false=4)).confirmed
    assert verdict(evidence(LASTING, past=4, past_false=4)).confirmed
    assert verdict(evidence(SPIKE, score=3.0, past=1, past_false=1)).confirmed


def test_it_confirms_the_sensors_own_trouble():
    assert verdict(evidence(sensor_trouble=True, priority=3)).confidence > SURE


def test_it_says_that_history_pages_nobody():
    assert "pages nobody" in verdict(evidence(LASTING, historical=True)).reasons[-1]


@pytest.mark.parametrize("movers", [(), (SPIKE,), (LASTING, SPIKE)])
@pytest.mark.parametrize("score", [0.0, 3.0, 320.0])
def test_confidence_is_always_of_the_verdict_as_it_stands(movers, score):
    judged = verdict(evidence(*movers, score=score))
    assert 0.5 <= judged.confidence <= 1
    assert judged.reasons

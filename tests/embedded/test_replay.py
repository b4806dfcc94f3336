from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from sensors.models import Reading, Sensor
from smartmaint.accounts.models import Organization
from smartmaint.embedded import replaying
from smartmaint.embedded.replaying import Pace

HEAD = "timestamp,value\n"


@pytest.mark.parametrize(("text", "seconds"), [("max", 0), ("real", 60), ("60x", 1), ("0.5x", 120)])
def test_a_speed_says_how_long_a_recorded_minute_lasts(text, seconds):
    assert Pace.parse(text).lasts(timedelta(minutes=1)) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["fast", "x", "0x", "-1x", "60"])
def test_it_refuses_what_is_no_speed(text):
    with pytest.raises(ValueError, match="is no speed: max, real, or a factor"):
        Pace.parse(text)


@pytest.fixture
def organization(db):
    return Organization.objects.create(slug="acme", name="Acme")


def replay(path, *options):
    call_command("replay", str(path), "--organization", "acme", "--asset", "P-1", *options)


def test_it_names_the_organizations_there_are(tmp_path, organization):
    with pytest.raises(CommandError, match="no organization none; there is: acme"):
        call_command("replay", str(tmp_path / "x"), "--organization", "none", "--asset", "P-1")


def test_it_refuses_one_sensor_for_several_columns(tmp_path, organization):
    path = tmp_path / "r.csv"
    path.write_text("time,a,b\n2024-01-01,1,2\n")
    with pytest.raises(CommandError, match="--sensor is for one column, not for a, b"):
        replay(path, "--sensor", "S")


def test_it_says_when_no_agent_takes_the_readings(tmp_path, organization, monkeypatch):
    monkeypatch.setattr(replaying, "PATIENCE", 0.2)
    path = tmp_path / "r.csv"
    path.write_text(HEAD + "2024-01-01,1\n")
    with pytest.raises(CommandError, match="The readings are stored, but no relay or worker"):
        replay(path)
    assert Reading.objects.get().value == 1


def test_it_refuses_a_sensor_of_another_asset(tmp_path, organization, monkeypatch):
    monkeypatch.setattr(replaying, "PATIENCE", 0.0)
    path = tmp_path / "r.csv"
    path.write_text(HEAD + "2024-01-01,1\n")
    with pytest.raises(CommandError, match="no relay"):
        replay(path, "--sensor", "S")
    with pytest.raises(CommandError, match="The sensor S belongs to the asset P-1"):
        call_command("replay", str(path), "--organization", "acme", "--asset", "P-2", "--sensor", "S")
    assert Sensor.objects.count() == 1


def readings(stack, code):
    """Return what the running product answers for a sensor."""
    answer = stack.get("/api/v1/sensors/readings", params={"sensor_id": code, "limit": 1000})
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text)["results"]


def beside(stack, path, *options):
    answer = stack.manage("replay", str(path), "--organization", "demo", "--asset", "RP-1", *options)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


@pytest.mark.stack
@pytest.mark.xdist_group("stack")
def test_it_stores_a_wide_file_through_the_running_product(stack, tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text("datetime;Flow Rate;p;label\n2024-01-01 00:00:00;1;2;0\n2024-01-01 00:00:01;3;;1\n")
    said = beside(stack, path, "--column", "Flow Rate", "--column", "p")
    assert said == "2 rows of 2 sensors sent: 3 accepted, 0 duplicate, 0 rejected, 1 empty."
    assert sorted(row["value"] for row in readings(stack, "RP-1.Flow-Rate")) == [1, 3]
    assert "0 accepted, 3 duplicate" in beside(stack, path, "--column", "Flow Rate", "--column", "p")


@pytest.mark.stack
@pytest.mark.xdist_group("stack")
def test_it_can_move_a_recording_to_now_and_keep_its_pace(stack, tmp_path):
    path = tmp_path / "narrow.csv"
    path.write_text(HEAD + "".join(f"2024-01-01 00:0{minute}:00,{minute}\n" for minute in range(3)))
    began = datetime.now(UTC)
    beside(stack, path, "--sensor", "RP-moved", "--speed", "60x", "--shift-to-now")
    assert datetime.now(UTC) - began >= timedelta(seconds=2)
    newest = max(datetime.fromisoformat(row["timestamp"]) for row in readings(stack, "RP-moved"))
    assert abs(newest - datetime.now(UTC)) < timedelta(seconds=30)

from __future__ import annotations

import pytest
from django.core.checks import run_checks

from sensors.connectors.config import ConfigurationBroken, load_entries

GOOD = """
[[mqtt]]
name = "line-1"
address = "mqtt://broker.example"
organization = "acme"
topic = "plants/{asset}/{sensor}"
password = "${LINE1_PASSWORD}"

[[sparkplug]]
name = "cells"
address = "mqtts://broker.example:8884"
organization = "acme"
groups = ["Plant1"]

[[opcua]]
name = "press"
address = "opc.tcp://press:4840"
organization = "acme"
nodes = [{ node = "ns=2;s=Press.Force", sensor = "press.force" }]
"""


@pytest.fixture
def file(tmp_path):
    def write(text: str) -> str:
        (tmp_path / "connectors.toml").write_text(text)
        return str(tmp_path / "connectors.toml")

    return write


def problems(path, environment=None) -> str:
    with pytest.raises(ConfigurationBroken) as error:
        load_entries(path, environment or {})
    return str(error.value)


def one(file, **changes: str) -> str:
    """Return the problems of an MQTT entry with these lines changed."""
    lines = {
        "name": '"a"',
        "address": '"mqtt://h"',
        "organization": '"acme"',
        "topic": '"{asset}/{sensor}"',
        **changes,
    }
    return problems(file("[[mqtt]]\n" + "\n".join(f"{key} = {value}" for key, value in lines.items())))


def test_a_file_names_its_entries_and_takes_secrets_from_the_environment(file):
    line, cells, press = load_entries(file(GOOD), {"LINE1_PASSWORD": "secret"})
    assert (line.kind, line.name, line.password, line.port) == ("mqtt", "line-1", "secret", 1883)
    assert (cells.kind, cells.port, cells.writes_to) == ("sparkplug", 8884, ("acme",))
    assert press.nodes[0].sensor == "press.force"


def test_without_a_file_there_are_no_entries():
    assert load_entries("") == []


def test_every_problem_is_told_at_once_with_its_place_and_what_to_do(file):
    text = problems(file(GOOD.replace('"opc.tcp://press:4840"', '"http://press"') + "\n[kafka]\n"))
    assert "[[mqtt]] line-1: LINE1_PASSWORD is not set in the environment" in text
    assert "[[opcua]] press: `address` is opc.tcp://host:port" in text
    assert "kafka: There is no such table. The tables are [[mqtt]], [[sparkplug]], [[opcua]]." in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"topic": '"plants/#"'}, "without + and #"),
        ({"topic": '"plants/x{asset}"'}, "a whole level"),
        ({"topic": '"{asset}/{asset}"'}, "twice"),
        ({"sensor": '"{device}"'}, "names {device}"),
        ({"organization": '""'}, "name one `organization`"),
        ({"topic": '"{organization}/{asset}/{sensor}"'}, "both or none"),
        ({"organizations": '["acme"]'}, "both or none"),
        ({"address": '"mqtt://user:secret@h"'}, "no user or password"),
        ({"address": '"mqtt://h:99999"'}, "out of range"),
        ({"ca": '"/nowhere.pem"'}, "which is no file"),
        ({"key": '"/etc/hostname"'}, "come together"),
        ({"qos": "2"}, "qos"),
        ({"colour": '"red"'}, "unknown field `colour`"),
    ],
)
def test_what_an_entry_says_wrong_is_named(file, changes, said):
    assert said in one(file, **changes)


def test_two_entries_of_one_name_are_refused(file):
    text = GOOD.replace('"cells"', '"line-1"')
    assert "2 entries have this name" in problems(file(text), {"LINE1_PASSWORD": "x"})


def test_a_file_that_is_no_toml_or_not_there_is_told(file, tmp_path):
    assert "must be TOML" in problems(file("[[mqtt"))
    assert "No such file" in problems(tmp_path / "none.toml")


def test_manage_check_tells_what_is_wrong_with_a_hint(file, settings):
    settings.CONNECTORS_FILE = file(GOOD)
    (message,) = [each for each in run_checks() if each.id == "sensors.E001"]
    assert "LINE1_PASSWORD" in message.msg
    assert message.hint == "Set it where the product runs."

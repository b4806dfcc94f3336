from __future__ import annotations

import pytest

from sensors.connectors.edges import Edge, Heard
from sensors.connectors.sparkplug_payload import (
    BOOLEAN,
    DOUBLE,
    FLOAT,
    INT8,
    INT16,
    INT32,
    INT64,
    STRING,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    Metric,
    Payload,
    PayloadBroken,
    decode,
    encode,
)
from tests.connectors.edge_nodes import force, number


def hear(edge: Edge, kind: str, seq: int | None, *metrics: Metric, device: str = "press") -> Heard:
    """Let the edge node's message go through its bytes."""
    sent = encode(Payload(timestamp=1000, seq=seq, metrics=metrics))
    return edge.hear(kind, device if kind[0] == "D" else "", decode(sent))


def bd_seq(value: int = 3) -> Metric:
    return Metric(name="bdSeq", datatype=INT64, value=value)


@pytest.fixture
def born() -> Edge:
    edge = Edge()
    hear(edge, "NBIRTH", 0, bd_seq())
    hear(edge, "DBIRTH", 1, force(), Metric(name="Serial", alias=8, datatype=STRING, value="A7"))
    return edge


def test_a_payload_is_read_by_the_field_numbers_of_the_specification():
    written = bytes.fromhex("08e80712140a05466f7263651007200a6900000000000004401805")
    assert decode(written) == Payload(
        timestamp=1000, seq=5, metrics=(Metric(name="Force", alias=7, datatype=DOUBLE, value=2.5),)
    )


@pytest.mark.parametrize(
    ("datatype", "value"),
    [
        (INT8, -5),
        (INT16, -30_000),
        (INT32, -(2**31)),
        (INT64, -(2**63)),
        (UINT8, 255),
        (UINT16, 65_535),
        (UINT32, 2**32 - 1),
        (UINT64, 2**64 - 1),
        (FLOAT, -0.25),
        (DOUBLE, 1e300),
        (BOOLEAN, True),
    ],
)
def test_every_kind_of_number_is_read_with_its_sign(datatype, value):
    edge = Edge()
    hear(edge, "NBIRTH", 0)
    heard = hear(edge, "DBIRTH", 1, force(value, datatype=datatype))
    assert [said.value for said in heard.said] == [float(value)]


def test_a_small_negative_number_may_be_written_in_its_own_few_bits(born):
    hear(born, "DBIRTH", 2, force(datatype=INT8))
    heard = hear(born, "DDATA", 3, Metric(alias=7, datatype=UINT8, value=0xFB))
    assert [said.value for said in heard.said] == [-5]


def test_bytes_that_are_no_payload_are_refused():
    with pytest.raises(PayloadBroken):
        decode(b"\xff\xff\xff")


def test_numbers_come_under_the_alias_that_the_birth_gave(born):
    (said,) = hear(born, "DDATA", 2, number(4.5)).said
    assert (said.metric.device, said.metric.name, said.value, said.at) == ("press", "Force", 4.5, 1000)


def test_a_metric_keeps_its_own_time_unit_quality_and_history(born):
    properties = {"engUnit": "kN", "Quality": 500}
    hear(born, "DBIRTH", 2, force(properties=properties))
    (said,) = hear(born, "DDATA", 3, number(4, timestamp=900, is_historical=True, properties=properties)).said
    assert (said.at, said.metric.unit, said.quality, said.historical) == (900, "kN", 0.0, True)


def test_what_is_null_or_a_text_is_no_reading(born):
    heard = hear(born, "DDATA", 2, Metric(alias=7), Metric(alias=8, datatype=STRING, value="B1"))
    assert (heard.said, heard.rebirth) == ([], "")


def test_a_gap_in_the_numbers_asks_for_a_rebirth_and_is_told_once(born):
    assert hear(born, "DDATA", 4, number(1)).rebirth == "message 4 came where 2 was due"
    assert hear(born, "DDATA", 5, number(2)).rebirth == ""


def test_after_message_255_comes_0(born):
    for seq in [*range(2, 256), 0, 1]:
        assert hear(born, "DDATA", seq, number(1)).rebirth == ""


@pytest.mark.parametrize("metric", [number(1, alias=99), force(name="Heat", alias=None), Metric(value=1.0)])
def test_a_metric_that_no_birth_told_of_asks_for_a_rebirth(born, metric):
    heard = hear(born, "DDATA", 2, metric)
    assert "no birth told of the metric" in heard.rebirth
    assert heard.said == []


def test_an_alias_means_nothing_for_another_device(born):
    assert "no birth told of" in hear(born, "DDATA", 2, number(1), device="oven").rebirth


@pytest.mark.parametrize("kind", ["NDATA", "DDATA", "DBIRTH"])
def test_before_the_birth_of_the_edge_node_nothing_is_believed(kind):
    heard = hear(Edge(), kind, 4, force())
    assert (heard.rebirth, heard.said) == ("no birth of the edge node was heard", [])


def test_a_new_birth_may_give_the_aliases_other_meanings(born):
    hear(born, "NBIRTH", 0, bd_seq(4))
    assert hear(born, "DDATA", 1, number(1)).said == []
    hear(born, "DBIRTH", 2, force(name="Heat"))
    assert [said.metric.name for said in hear(born, "DDATA", 3, number(1)).said] == ["Heat"]


def test_the_death_of_an_edge_node_takes_its_devices_along(born):
    assert [known.name for known in hear(born, "NDEATH", None, bd_seq()).gone] == ["Force"]
    assert hear(born, "DDATA", 2, number(1)).rebirth == "no birth of the edge node was heard"


def test_the_death_of_an_earlier_session_is_not_believed(born):
    assert hear(born, "NDEATH", None, bd_seq(2)).gone == []
    assert hear(born, "DDATA", 2, number(1)).said


def test_the_death_of_a_device_leaves_the_others(born):
    hear(born, "DBIRTH", 2, force(alias=9), device="oven")
    assert [known.device for known in hear(born, "DDEATH", 3).gone] == ["press"]
    assert [said.value for said in hear(born, "DDATA", 4, number(6, alias=9), device="oven").said] == [6]

"""The plans of what reading endpoints and pages ask the database: no full scan of a table that grows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from anomalies.models import Alert, AlertSensor
from sensors.models import Asset, QuarantinedReading, Sensor
from sensors.storage.months import months_between
from sensors.storage.partitions import attach_month
from smartmaint.accounts.models import Organization
from tests.accounts.urls_walk import walk_routes
from tests.anomalies.factories import AlertFactory
from tests.sensors.factories import AssetFactory, QuarantinedReadingFactory, SensorFactory, SiteFactory

SENSORS, READINGS, DAYS = 100, 1500, 360
OPEN, CLOSED = 500, 500
GROWS = 2000  # rows from which on a table counts as one that grows
IGNORED = 200  # rows that may be read and thrown away
WASTE = 10  # and that many for one that is returned

READ = """
    INSERT INTO sensors_reading (sensor_id, measured_at, value, quality)
    SELECT sensor.id, %s - step * %s, 25 + random(), 1
    FROM sensors_sensor AS sensor CROSS JOIN generate_series(1, %s) AS step
"""
SUM_UP = """
    INSERT INTO sensors_sensorsummary
        (sensor_id, reading_count, first_reading_at, last_reading_at, last_value)
    SELECT sensor_id, count(*), min(measured_at), max(measured_at), 25
    FROM sensors_reading GROUP BY sensor_id
"""
TELL = """
    INSERT INTO events_eventrecord
        (event_id, organization_id, name, payload, correlation_id, published_at, relayed_at)
    SELECT gen_random_uuid(), %s, 'sensors.ReadingsStored', '{}', gen_random_uuid(), at, at
    FROM generate_series(1, %s) AS n, LATERAL (SELECT %s - n * interval '1 minute' AS at) AS moment
"""
DELIVER = """
    INSERT INTO events_delivery
        (event_id, organization_id, agent, state, attempts, sends, due_at, finished_at, error)
    SELECT event_id, organization_id, 'anomalies.detect_anomalies', 'done', 1, 1,
        published_at, published_at, ''
    FROM events_eventrecord
"""
BIG = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND reltuples >= %s"

MOST_QUERIES = 60  # whatever the size of the plant
READ_OR_NOT = {200, 204, 302, 404, 405}
RANGES = ["", "&bucket=1h", "&bucket=1d", "&points=500", "&limit=1000"]
QUERIES = {
    "api-readings": [f"?sensor_id={{code}}{more}" for more in RANGES],
    "api-export-readings": ["?format=csv&sensor_id={code}"],
    "export-download": ["?format=csv&sensor={pk}&resolution=raw"],
    "alert-list": ["", "?state=closed", "?q=pump", "?priority=1"],
    "api-alert-list": ["", "?state=open", "?since=2026-01-01T00:00:00Z"],
    "quarantine": ["", "?state=discarded"],
    "sensor-chart": ["", "?span=90d"],
    "asset-chart": ["", "?span=90d"],
}

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("plans")]


def run(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def fill_plant(organization: Organization, open_: int, closed: int) -> list[Alert]:
    """50 machines with 2 sensors and their share of the alerts each, and what was refused."""
    site = SiteFactory(organization=organization)
    assets = Asset.objects.bulk_create(AssetFactory.build_batch(50, organization=organization, site=site))
    Sensor.objects.bulk_create(
        SensorFactory.build(organization=organization, asset=assets[n % 50]) for n in range(SENSORS)
    )
    QuarantinedReading.objects.bulk_create(
        QuarantinedReadingFactory.build_batch(closed, organization=organization)
    )
    return fill_alerts(assets, open_, closed)


def fill_alerts(assets: list[Asset], open_: int, closed: int) -> list[Alert]:
    sensors = list(Sensor.objects.filter(asset__in=assets).order_by("pk"))
    now = timezone.now()
    alerts = Alert.objects.bulk_create(
        AlertFactory.build(
            asset=sensors[n % SENSORS].asset,
            subject_sensor=sensors[n % SENSORS],
            cause=list(Alert.Cause)[n // SENSORS % 5],
            verdict="confirmed",
            state="unacknowledged" if n < open_ else "normal",
            raised_at=now - n * timedelta(minutes=20),
        )
        for n in range(open_ + closed)
    )
    AlertSensor.objects.bulk_create(
        AlertSensor(alert=alert, sensor=alert.subject_sensor, score=5, share=1, value=4, reason="high")
        for alert in alerts
    )
    return alerts


def make_months() -> None:
    now = timezone.now()
    for month in months_between(now - timedelta(days=DAYS), now):
        attach_month(month, at=now)


@pytest.fixture
def alert(organization: Organization, other_organization: Organization) -> Alert:
    """Two plants with a year of readings; of alerts, events and refused readings the other has more."""
    fill_plant(other_organization, 0, 4 * CLOSED)
    alerts = fill_plant(organization, OPEN, CLOSED)
    every = timedelta(days=DAYS) / READINGS
    make_months()
    run(READ, timezone.now(), every, READINGS)
    run(SUM_UP)
    for owner, count in ((organization, CLOSED), (other_organization, 4 * CLOSED)):
        run(TELL, owner.pk, count, timezone.now())
    run(DELIVER)
    run("ANALYZE")
    return alerts[0]


def addresses(organization: Organization, alert: Alert) -> Iterator[str]:
    """Yield every address that is read, with the queries that make it read more."""
    sensor = alert.subject_sensor
    known = {"alerts": alert.pk, "assets": alert.asset_id, "sensors": sensor.pk}
    for route in walk_routes():
        if route.is_api and "GET" not in route.scopes:
            continue
        noun = route.template.partition("/<")[0].rpartition("/")[2]
        address = route.address(organization)
        if noun in known:
            address = "/" + re.sub(r"<\w+:\w+>", str(known[noun]), route.template)
        yield from (
            address + query.format(code=sensor.code, pk=sensor.pk) for query in QUERIES.get(route.name, [""])
        )


def scans(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "Relation Name" in node:
        yield node
    for child in node.get("Plans", []):
        yield from scans(child)


def wasteful(node: dict[str, Any], big: set[str]) -> bool:
    """Tell whether it reads a whole table that grows, or throws away most of what it reads."""
    if node["Relation Name"] not in big:
        return False
    rows, loops = node["Actual Rows"], node["Actual Loops"]
    removed = node.get("Rows Removed by Filter", 0) * loops
    return node["Node Type"] == "Seq Scan" or removed > max(IGNORED, WASTE * rows * loops)


def explain(sql: str) -> dict[str, Any]:
    """Return the plan. A table of a test is small: its size may not make a scan look cheap."""
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}")
        plan = cursor.fetchone()[0][0]["Plan"]
        cursor.execute("RESET enable_seqscan")
    return plan


def grown_tables() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(BIG, [GROWS])
        return {name for (name,) in cursor.fetchall()}


def asked(client: Client, address: str) -> list[str]:
    """Return what the answer's making asked the database, to the end of what it streams."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
        assert answer.status_code in READ_OR_NOT, (address, answer.getvalue()[:300])
        answer.getvalue()
    assert len(captured) <= MOST_QUERIES, address
    return [sql for query in captured if (sql := query["sql"].strip()).startswith(("SELECT", "WITH"))]


def test_no_page_and_no_endpoint_reads_a_whole_table_that_grows(admin, organization, alert):
    big, known, found = grown_tables(), set(), []
    assert any(name.startswith("sensors_reading") for name in big)
    assert {"anomalies_alert", "events_eventrecord", "events_delivery"} <= big
    for address in addresses(organization, alert):
        for sql in asked(admin, address):
            if (shape := re.sub(r"'[^']*'|\d+", "?", sql)) not in known:
                known.add(shape)
                bad = [node for node in scans(explain(sql)) if wasteful(node, big)]
                found += [f"{address}: {one['Node Type']} of {one['Relation Name']} in {sql}" for one in bad]
    assert not found, "\n\n".join(found)

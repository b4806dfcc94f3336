"""The ingestion benchmarks against the running product; figures are not judged here, what they count is."""

from __future__ import annotations

import json

import psycopg
import pytest

from smartmaint.embedded.addresses import database_url

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]


def test_both_ingestion_figures_come_with_their_references_and_leave_nothing_behind(stack):
    done = stack.manage("benchmark", "ingest-single", "ingest-batch", "--seconds", "0.2", "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    single, batch = figures["ingest-single"], figures["ingest-batch"]
    assert not single["errors"], single["refusal"]
    for figure in (single, batch):
        assert figure["stored"] == figure["acknowledged"] > 0
        assert figure["ratio"] == pytest.approx(figure["product"] / figure["reference"])
    with psycopg.connect(database_url(stack.data_dir)) as database:
        left = database.execute("SELECT slug FROM accounts_organization WHERE slug LIKE 'benchmark%'")
        assert left.fetchall() == []

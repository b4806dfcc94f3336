from __future__ import annotations

import pytest

from maintenance.events import TaskScheduled
from smartmaint.accounts.models import Organization
from smartmaint.events.models import EventRecord
from smartmaint.events.outbox import PublishedOutsideTransaction, publish
from smartmaint.events.testing import drain


@pytest.fixture
def organization(db):
    return Organization.objects.create(slug="acme", name="Acme")


def test_it_relays_an_event(organization):
    publish(TaskScheduled(organization_id=organization.pk, task_id=1))
    drain()
    assert EventRecord.objects.get().relayed_at


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_publish_outside_a_transaction():
    with pytest.raises(PublishedOutsideTransaction):
        publish(TaskScheduled(organization_id=1, task_id=1))

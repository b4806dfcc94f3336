from __future__ import annotations

from celery import current_app

from smartmaint.events.agents import AGENTS
from smartmaint.events.checks import check_queues, check_schedule
from tests.events.conftest import answer


def test_every_agent_of_the_product_has_a_queue_that_workers_serve():
    assert AGENTS
    assert check_queues() == []


def test_an_agent_on_an_undeclared_queue_is_an_error(listen, monkeypatch):
    listen(answer)
    monkeypatch.setitem(current_app.amqp.queues, "gone", current_app.amqp.queues["default"])
    assert check_queues() == []
    monkeypatch.delitem(current_app.amqp.queues, "default")
    assert "events.E001" in {message.id for message in check_queues()}


def test_every_clock_driven_job_names_a_task():
    assert check_schedule() == []


def test_a_job_whose_task_is_missing_is_a_warning(monkeypatch):
    monkeypatch.setitem(current_app.conf.beat_schedule, "dream", {"task": "nobody.dreams"})
    assert any("nobody.dreams" in message.msg for message in check_schedule())

"""Who listens: `@agent(on=Event)` makes a function a step of the chain, run by a Celery worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from celery import Task, shared_task

from smartmaint.events.event import Event

AGENTS: dict[str, Agent] = {}


@dataclass(frozen=True)
class Agent:
    """A listener: `function` takes one event, or a list of events of one organization when `batch`."""

    name: str
    events: tuple[type[Event], ...]
    function: Callable[[Any], None]
    batch: bool
    transactional: bool
    task: Task

    @property
    def queue(self) -> str:
        """The queue that CELERY_TASK_ROUTES gives it."""
        route = self.task.app.amqp.router.route({}, self.name)
        return str(getattr(route["queue"], "name", route["queue"]))

    def hear(
        self, sender: type[Event], event: Event, deliveries: list[tuple[Event, str]], **_: object
    ) -> None:
        """Take the event: the relay writes the delivery row and sends the task."""
        deliveries.append((event, self.name))


def agent(
    *, on: type[Event] | Iterable[type[Event]], batch: bool = False, transactional: bool = True
) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Make the function hear `on` in a Celery worker, exactly once in effect.

    The function runs in one transaction with the row that says "done". With `transactional=False` it runs
    outside (for sending to the world) and must itself bear being called twice. With `batch=True` it gets a
    list of all events of one organization that wait, and runs once at a time per organization; it says
    itself which of them led to what: `with journey(event.correlation_id, event.event_id): ...`.
    """
    events = (on,) if isinstance(on, type) else tuple(on)

    def register(function: Callable[[Any], None]) -> Callable[[Any], None]:
        name = f"{function.__module__.split('.')[-2]}.{function.__name__}"

        def run(delivery_ids: list[int]) -> None:
            from smartmaint.events.consumer import consume

            consume(AGENTS[name], delivery_ids)

        task = shared_task(name=name)(run)
        AGENTS[name] = Agent(name, events, function, batch, transactional, task)
        for event_type in events:
            event_type.signal.connect(AGENTS[name].hear, sender=event_type, weak=False, dispatch_uid=name)
        return function

    return register

from __future__ import annotations

import os
import signal
from time import time

from smartmaint.events.agents import agent
from smartmaint.events.outbox import publish
from tests.events.ledger_app.events import NumberRepeated, NumberSaid, PoisonSaid
from tests.events.ledger_app.models import Heard


def waited_ms(event: NumberSaid | NumberRepeated) -> float:
    return (time() - event.at) * 1000


@agent(on=NumberSaid)
def write_down(event: NumberSaid) -> None:
    Heard.objects.create(number=event.number, agent="write_down", waited_ms=waited_ms(event))
    publish(NumberRepeated(organization_id=event.organization_id, number=event.number, at=time()))


@agent(on=NumberRepeated, batch=True)
def write_down_many(events: list[NumberRepeated]) -> None:
    Heard.objects.bulk_create(
        Heard(number=event.number, agent="batch", waited_ms=waited_ms(event), together=len(events))
        for event in events
    )


@agent(on=PoisonSaid)
def die(event: PoisonSaid) -> None:
    os.kill(os.getpid(), signal.SIGKILL)

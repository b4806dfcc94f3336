"""Three times as many senders as keep the product busy, and a noisy sender beside a calm one."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import Any

from smartmaint.accounts.scopes import DATA_INGEST
from smartmaint.accounts.services import create_token
from smartmaint.embedded.benchmarks.ingest_single import MOST_PER_SECOND, bodies
from smartmaint.embedded.benchmarks.trial import Answers, Trial, trial

CONNECTIONS, TIMES = 32, 3
NOISY, CALM = 8, 2  # connections
WORKED_WITH = {"200", "429", "503"}


@dataclass(frozen=True)
class Overload:
    """Acknowledged requests a second, latencies in seconds, answers by status. `noisy_limit` is a third of
    what the noisy sender alone got through."""

    busy: float
    overloaded: float
    p99: float
    overloaded_p99: float
    noisy_limit: int
    noisy: float
    calm_alone_p99: float
    calm_p99: float
    calm_refused: int
    statuses: dict[str, int]

    @property
    def goodput(self) -> float:
        return self.overloaded / self.busy

    @property
    def unexpected(self) -> dict[str, int]:
        return {status: count for status, count in self.statuses.items() if status not in WORKED_WITH}

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "goodput": self.goodput, "unexpected": self.unexpected}

    def told(self) -> str:
        answers = ", ".join(f"{status}: {count:,}" for status, count in sorted(self.statuses.items()))
        return (
            f"overload: {self.overloaded:,.0f} acknowledged/s from {CONNECTIONS * TIMES} connections "
            f"(p99 {self.overloaded_p99 * 1000:.0f} ms) against {self.busy:,.0f}/s from {CONNECTIONS} "
            f"(p99 {self.p99 * 1000:.0f} ms): goodput {self.goodput:.0%}. Beside a token at thrice its limit "
            f"({self.noisy:,.0f}/s let in of {self.noisy_limit:,}/s) a calm one was refused "
            f"{self.calm_refused} times, p99 {self.calm_p99 * 1000:.0f} ms (alone "
            f"{self.calm_alone_p99 * 1000:.0f} ms). All answers: {answers}."
        )


def measure(api_url: str, *, seconds: float) -> Overload:
    """Take a third of the time each for the busy product, the overloaded one, and the neighbours."""
    with trial(api_url) as plant:
        _send(plant, CONNECTIONS, 1)
        busy = _send(plant, CONNECTIONS, seconds / 3)
        overloaded = _send(plant, CONNECTIONS * TIMES, seconds / 3)
        alone, calm_alone = _send(plant, NOISY, seconds / 9), _send(plant, CALM, seconds / 9)
        limit = max(1, int(alone.good / alone.seconds / TIMES))
        noisy, calm = _neighbours(plant, limit, seconds / 9)
        return Overload(
            busy=busy.good / busy.seconds,
            overloaded=overloaded.good / overloaded.seconds,
            p99=busy.p99,
            overloaded_p99=overloaded.p99,
            noisy_limit=limit,
            noisy=noisy.good / noisy.seconds,
            calm_alone_p99=calm_alone.p99,
            calm_p99=calm.p99,
            calm_refused=calm.answered - calm.good,
            statuses=_sum(busy, overloaded, alone, calm_alone, noisy, calm),
        )


def _send(plant: Trial, connections: int, seconds: float) -> Answers:
    """Send single readings from so many connections at once, each as soon as the last one is answered."""
    answers = plant.send("data/ingest", _some(plant, seconds), connections=connections, seconds=seconds)
    plant.forget_readings()
    return answers


def _some(plant: Trial, seconds: float) -> list[bytes]:
    return list(bodies(plant, int(max(seconds, 1) * MOST_PER_SECOND)))


def _neighbours(plant: Trial, limit: int, seconds: float) -> tuple[Answers, Answers]:
    """Return what a limited token that does not care got, and one beside it that keeps quiet."""
    _, secret = create_token(
        organization=plant.organization, name="noisy", scopes=[DATA_INGEST], requests_per_second=limit
    )
    senders = [(replace(plant, token=secret), NOISY), (plant, CALM)]
    prepared = [(one, _some(plant, seconds), connections) for one, connections in senders]
    with ThreadPoolExecutor(len(prepared)) as pool:
        both = [
            pool.submit(one.send, "data/ingest", some, connections=connections, seconds=seconds)
            for one, some, connections in prepared
        ]
        noisy, calm = (each.result() for each in both)
    return noisy, calm


def _sum(*parts: Answers) -> dict[str, int]:
    total = sum((Counter(part.statuses) for part in parts), Counter[str]())
    return dict(total)

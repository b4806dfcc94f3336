"""Doing at once what many threads ask for at the same time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class _Call(Generic[Item, Outcome]):
    """What one thread asks for. `turn` is released when it is done, or when this thread has to lead."""

    __slots__ = ("done", "error", "item", "outcome", "turn")

    def __init__(self, item: Item) -> None:
        self.item, self.done, self.turn = item, False, Lock()
        self.outcome: Outcome | None = None
        self.error: Exception | None = None
        self.turn.acquire()

    def finish(self, outcome: Outcome | Exception) -> None:
        if isinstance(outcome, Exception):
            self.error = outcome
        else:
            self.outcome = outcome
        self.done = True
        self.turn.release()


class Gathering(Generic[Item, Outcome]):
    """Calls `act` with one item, or with all that threads brought while the call before was running.

    The first thread that finds nobody acting acts at once; who comes meanwhile waits, and one of them acts
    next, for all that wait (at most `most`). So nothing waits for others to come, and the busier it gets the
    more is done at once. `act` returns an outcome or an exception for each item; what it raises is for all of
    them, and where it is one of `spreading`, also for those that wait.
    """

    def __init__(
        self,
        act: Callable[[list[Item]], Sequence[Outcome | Exception]],
        *,
        most: int,
        spreading: tuple[type[Exception], ...] = (),
    ) -> None:
        self.act, self.most, self.spreading = act, most, spreading
        self._lock, self._acting = Lock(), False
        self._waiting: list[_Call[Item, Outcome]] = []

    def submit(self, item: Item) -> Outcome:
        """Return the item's outcome.

        Raises:
            Exception: what `act` returned for the item, or raised.
        """
        call: _Call[Item, Outcome] = _Call(item)
        with self._lock:
            self._waiting.append(call)
            leads, self._acting = not self._acting, True
        if not leads:
            call.turn.acquire()
        if not call.done:
            self._lead()
        if call.error is not None:
            raise call.error
        return call.outcome  # type: ignore[return-value]

    def _lead(self) -> None:
        with self._lock:
            group, self._waiting = self._waiting[: self.most], self._waiting[self.most :]
        outcomes = self._outcomes(group)
        with self._lock:
            following = self._waiting[0] if self._waiting else None
            self._acting = following is not None
        if following is not None:
            following.turn.release()
        for call, outcome in zip(group, outcomes, strict=True):
            call.finish(outcome)

    def _outcomes(self, group: list[_Call[Item, Outcome]]) -> Sequence[Outcome | Exception]:
        try:
            return self.act([call.item for call in group])
        except self.spreading as error:
            self._fail_waiting(error)
            return [error] * len(group)
        except Exception as error:
            return [error] * len(group)

    def _fail_waiting(self, error: Exception) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for call in waiting:
            call.finish(error)

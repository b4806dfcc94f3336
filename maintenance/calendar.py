"""Booked work as people look at it: what is late, now, next, and which day it falls on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from maintenance.models import MaintenanceTask, Technician

DAYS = 7


@dataclass(frozen=True)
class Cell:
    day: date
    tasks: list[MaintenanceTask]


@dataclass(frozen=True)
class Lane:
    """One technician's days."""

    technician: Technician
    cells: list[Cell]


def local_day(task: MaintenanceTask) -> date:
    """Return the day on which the work begins, by the clock of its site."""
    return task.period.lower.astimezone(task.asset.site.zone).date()


def is_late(task: MaintenanceTask, at: datetime) -> bool:
    """Tell what should be over and is not."""
    return task.status in MaintenanceTask.ACTIVE and task.period.upper < at


def days_from(first: date) -> list[date]:
    return [first + timedelta(days=number) for number in range(DAYS)]


def lanes(technicians: Iterable[Technician], tasks: Iterable[MaintenanceTask], first: date) -> list[Lane]:
    """Lay tasks out by technician and day, each day in order of time."""
    by_place: dict[tuple[int, date], list[MaintenanceTask]] = defaultdict(list)
    for task in sorted(tasks, key=lambda task: task.period.lower):
        by_place[task.technician_id, local_day(task)].append(task)
    return [
        Lane(technician, [Cell(day, by_place[technician.pk, day]) for day in days_from(first)])
        for technician in technicians
    ]


@dataclass(frozen=True)
class Agenda:
    """A technician's own work."""

    overdue: list[MaintenanceTask]
    today: list[MaintenanceTask]
    later: list[MaintenanceTask]


def agenda(tasks: Iterable[MaintenanceTask], at: datetime) -> Agenda:
    """Split active tasks, in order of time; what is late is not also today's."""
    split = Agenda([], [], [])
    for task in sorted(tasks, key=lambda task: task.period.lower):
        today = at.astimezone(task.asset.site.zone).date()
        if is_late(task, at):
            split.overdue.append(task)
        elif local_day(task) <= today:
            split.today.append(task)
        else:
            split.later.append(task)
    return split

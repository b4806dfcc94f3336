"""The organization's technicians as plain calendars, as the scheduling rules want them."""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import UTC, date, datetime
from functools import lru_cache

from django.db.models import Q
from psycopg.types.range import Range

from maintenance.models import Holiday, MaintenanceTask, Technician
from maintenance.scheduling import HORIZON
from maintenance.worktime import Period, Person, WorkShift
from sensors.models import Site

logger = logging.getLogger(__name__)

PAST, FUTURE = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


def lock_crew(organization_id: int) -> None:
    """Make others who book wait until this transaction ends; the order of ids keeps them from deadlocks."""
    rows = Technician.objects.filter(organization_id=organization_id).active().order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))


def crew_of(
    organization_id: int, at: datetime, due: datetime, *, without: MaintenanceTask | None = None
) -> list[Person]:
    """Return the active technicians with shifts, absences, holidays and bookings from `at` on.

    `without`: a booking that is about to be moved, and so takes nobody's time.
    """
    technicians = Technician.objects.filter(organization_id=organization_id).active().with_calendar()
    busy = _bookings(organization_id, at, without)
    years = range(at.year, (max(at, due) + HORIZON).year + 1)
    free_days = {site: days_off(site, years) for site in {person.site for person in technicians}}
    return [_person(one, busy[one.pk], free_days[one.site]) for one in technicians.order_by("pk")]


def _person(technician: Technician, busy: list[Period], free_days: frozenset[date]) -> Person:
    return Person(
        id=technician.pk,
        name=technician.name,
        site_id=technician.site_id,
        site=technician.site.name,
        zone=technician.site.zone,
        skills=frozenset(skill.code for skill in technician.skills.all()),
        shifts=tuple(
            WorkShift(shift.weekday, shift.starts_at, shift.ends_at, shift.works_on_holidays)
            for shift in technician.shifts.all()
        ),
        absences=tuple(_period(absence.period) for absence in technician.absences.all()),
        holidays=free_days,
        busy=tuple(busy),
    )


def _bookings(
    organization_id: int, at: datetime, without: MaintenanceTask | None
) -> defaultdict[int, list[Period]]:
    tasks = MaintenanceTask.objects.active().filter(organization_id=organization_id, period__endswith__gt=at)
    tasks = tasks.exclude(pk=without.pk) if without else tasks
    busy: defaultdict[int, list[Period]] = defaultdict(list)
    for technician_id, period in tasks.values_list("technician_id", "period"):
        busy[technician_id].append(_period(period))
    return busy


def _period(span: Range[datetime]) -> Period:
    """Read a database range; an open side reaches as far as calendars go."""
    return Period(span.lower or PAST, span.upper or FUTURE)


def days_off(site: Site, years: range) -> frozenset[date]:
    """Return the site's public holidays and the organization's own days without work."""
    own = Holiday.objects.filter(Q(site=site) | Q(site=None), organization=site.organization_id)
    public = (day for year in years for day in public_holidays(site.country, site.subdivision, year))
    return frozenset((*public, *own.values_list("date", flat=True)))


@lru_cache(maxsize=256)
def public_holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    """Return the public holidays; the country's where its part is not known, none where neither is."""
    import holidays  # only where people are booked

    if not country:
        return frozenset()
    try:
        return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=year))
    except NotImplementedError:
        logger.warning("no public holidays are known for %s %s", country, subdivision)
        return public_holidays(country, "", year) if subdivision else frozenset()

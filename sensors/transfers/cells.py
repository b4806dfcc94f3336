"""What one cell of a file says: a time or a number, or why it is neither. A plain rule."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ISO = "iso"
EPOCHS = {"epoch_s": 1, "epoch_ms": 1_000, "epoch_us": 1_000_000}
# Written by hand in spreadsheets and loggers; day first and month first are told apart by the person.
PATTERNS = {
    "%d.%m.%Y %H:%M:%S": "31.12.2026 23:59:59",
    "%d.%m.%Y %H:%M": "31.12.2026 23:59",
    "%d/%m/%Y %H:%M:%S": "31/12/2026 23:59:59 (day first)",
    "%d/%m/%Y %H:%M": "31/12/2026 23:59 (day first)",
    "%m/%d/%Y %H:%M:%S": "12/31/2026 23:59:59 (month first)",
    "%m/%d/%Y %H:%M": "12/31/2026 23:59 (month first)",
    "%Y/%m/%d %H:%M:%S": "2026/12/31 23:59:59",
    "%Y%m%d%H%M%S": "20261231235959",
}
TIME_FORMATS = (ISO, *EPOCHS, *PATTERNS)
FIRST_YEAR, LAST_YEAR = 1970, 9998
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "'")  # what a spreadsheet would run, and our own mark

ReadTime = Callable[[str], datetime]
ReadNumber = Callable[[str], float]


class BadCell(ValueError):
    """The cell cannot be used: a code for programs, a sentence for people."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def time_reader(form: str, zone: str) -> ReadTime:
    """Return what reads times of this form as aware moments; naive ones are meant in `zone` ("": refused)."""
    parse = _parser(form)
    place = ZoneInfo(zone) if zone else None

    def read(text: str) -> datetime:
        try:
            moment = parse(text)
        except (ValueError, OverflowError):
            raise BadCell("timestamp", f"There is no time of the form {form} in {text[:60]!r}.") from None
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise BadCell("timestamp", f"The year {moment.year} is not between {FIRST_YEAR} and {LAST_YEAR}.")
        return moment if moment.tzinfo else localise(moment, place)

    return read


def _parser(form: str) -> ReadTime:
    if form == ISO:
        return iso_time
    if form in EPOCHS:
        return lambda text: _epoch(text, EPOCHS[form])
    return lambda text: datetime.strptime(text, form)  # noqa: DTZ007  (the zone follows)


def iso_time(text: str) -> datetime:
    return datetime.fromisoformat(text[:-3].rstrip() + "Z" if text.endswith("UTC") else text)


def _epoch(text: str, units: int) -> datetime:
    return BEGINNING + timedelta(microseconds=round(number(text) * (1_000_000 / units)))


def localise(moment: datetime, zone: ZoneInfo | None) -> datetime:
    """Return the naive moment as that of the zone.

    Raises:
        BadCell: there is no zone, or the clocks were changed: the moment was twice, or never.
    """
    if zone is None:
        raise BadCell("timestamp", "The time has no offset from UTC, and no time zone was chosen.")
    first, second = moment.replace(tzinfo=zone), moment.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment:
        raise BadCell("ambiguous_time", f"{moment} was twice in {zone.key}: the clocks were put back.")
    raise BadCell("nonexistent_time", f"{moment} never was in {zone.key}: the clocks were put forward.")


def number(text: str) -> float:
    """Return the finite number that is written with a decimal point.

    Raises:
        BadCell: this is none; `1_000`, `NaN`, and digits of other scripts are none either.
    """
    try:
        if "_" in text or not text.isascii():
            raise ValueError(text)
        value = float(text)
    except ValueError:
        raise BadCell("value", f"There is no number in {text[:60]!r}.") from None
    if not math.isfinite(value):
        raise BadCell("value", f"There is no finite number in {text[:60]!r}.")
    return value


def comma_number(text: str) -> float:
    """Return the finite number that is written with a decimal comma.

    Raises:
        BadCell: this is none. A point in it could part thousands: it is not guessed.
    """
    if "." in text:
        raise BadCell("value", f"There is a point in {text[:60]!r}, and the decimal sign is a comma.")
    return number(text.replace(",", "."))


def neutralise(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


def original(text: str) -> str:
    """Return what `neutralise` was given."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(DANGEROUS) else text

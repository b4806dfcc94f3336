"""Templates of topics and codes: `plants/{asset}/{sensor}` reads a topic, `{asset}.{sensor}` makes a code."""

from __future__ import annotations

import re
from collections.abc import Mapping

PLACE = re.compile(r"\{([a-z_]+)\}")
LONGEST_CODE = 128


class TemplateBroken(ValueError):
    """A template that cannot be read or filled; the message says what is wrong with it."""


def names_in(template: str) -> set[str]:
    """Return the placeholders of a template.

    Raises:
        TemplateBroken: a brace that belongs to no placeholder.
    """
    if set("{}") & set(PLACE.sub("", template)):
        raise TemplateBroken(f"{template!r} has a brace that belongs to no placeholder such as {{asset}}.")
    return set(PLACE.findall(template))


def topic_filter(template: str) -> str:
    """Return the subscription that hears every topic of the template.

    Raises:
        TemplateBroken: a placeholder that is not a whole level, or appears twice.
    """
    names_in(template)
    if not template or set("+#\x00") & set(template):
        raise TemplateBroken(f"The topic {template!r} must be levels and placeholders, without + and #.")
    found = PLACE.findall(template)
    if len(found) != len(set(found)):
        raise TemplateBroken(f"The topic {template!r} names a placeholder twice.")
    levels = [_level(level) for level in template.split("/")]
    return "/".join(levels)


def _level(level: str) -> str:
    if PLACE.fullmatch(level):
        return "+"
    if PLACE.search(level):
        raise TemplateBroken(f"A placeholder is a whole level of the topic, not a part of it: {level!r}.")
    return level


def topic_pattern(template: str) -> re.Pattern[str]:
    """Return what reads a topic: `pattern.fullmatch(topic).groupdict()` gives the placeholders' values."""
    parts = PLACE.split(template)
    pieces = [f"(?P<{part}>[^/]+)" if place % 2 else re.escape(part) for place, part in enumerate(parts)]
    return re.compile("".join(pieces))


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return the code that the template makes of the values.

    Raises:
        TemplateBroken: it is empty or longer than a code may be.
    """
    code = PLACE.sub(lambda found: values[found.group(1)], template).strip()
    if not 0 < len(code) <= LONGEST_CODE:
        raise TemplateBroken(f"{template!r} makes a code of {len(code)} characters; 1 to 128 are allowed.")
    return code

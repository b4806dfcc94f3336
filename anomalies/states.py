"""The life of an alert, after ISA-18.2: which action leads from which state to which.

Shelving, suppression by design and out of service are further states of the standard; they are rows to add.
"""

from __future__ import annotations

UNACKNOWLEDGED = "unacknowledged"
ACKNOWLEDGED = "acknowledged"
RTN_UNACKNOWLEDGED = "rtn_unacknowledged"
NORMAL = "normal"

OPEN = (UNACKNOWLEDGED, ACKNOWLEDGED, RTN_UNACKNOWLEDGED)
_STAYS_IF_OPEN = {state: state for state in OPEN}

TRANSITIONS: dict[str, dict[str, str]] = {
    "raised": {"": UNACKNOWLEDGED},
    "recorded": {"": NORMAL},  # found late, when it was over
    "extended": {NORMAL: NORMAL},
    "worsened": _STAYS_IF_OPEN,
    "came_back": {RTN_UNACKNOWLEDGED: UNACKNOWLEDGED},
    "ended": {UNACKNOWLEDGED: RTN_UNACKNOWLEDGED, ACKNOWLEDGED: NORMAL},
    "ended_unseen": {UNACKNOWLEDGED: NORMAL, ACKNOWLEDGED: NORMAL},
    "superseded": {RTN_UNACKNOWLEDGED: NORMAL},
    "confirmed": _STAYS_IF_OPEN | {NORMAL: NORMAL},
    "dismissed": _STAYS_IF_OPEN | {RTN_UNACKNOWLEDGED: NORMAL, NORMAL: NORMAL},
    "acknowledged": {UNACKNOWLEDGED: ACKNOWLEDGED, RTN_UNACKNOWLEDGED: NORMAL},
    "resolved": dict.fromkeys(OPEN, NORMAL),
    "resolved_as_false": dict.fromkeys(OPEN, NORMAL),
    "assigned": _STAYS_IF_OPEN,
    "commented": _STAYS_IF_OPEN | {NORMAL: NORMAL},
}
RESOLVED = ("resolved", "resolved_as_false")
FALSE = ("dismissed", "resolved_as_false")

_WORDS = {
    UNACKNOWLEDGED: "not acknowledged yet",
    ACKNOWLEDGED: "acknowledged already",
    RTN_UNACKNOWLEDGED: "back to normal and not acknowledged yet",
    NORMAL: "closed",
}


class NotAllowed(ValueError):
    """The alert's state does not allow the action; the text says so in words."""


def next_state(state: str, action: str) -> str:
    """Return the state after `action`.

    Raises:
        NotAllowed: the table has no such row.
        KeyError: there is no such action.
    """
    allowed = TRANSITIONS[action]
    if state not in allowed:
        raise NotAllowed(
            f"The alert is {_WORDS.get(state, 'new')}, so it cannot be {action.replace('_', ' ')}."
        )
    return allowed[state]

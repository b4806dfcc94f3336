"""What may be done, and which role may do it. Tokens carry scopes, people carry a role."""

from __future__ import annotations

DATA_INGEST = "data:ingest"
DATA_READ = "data:read"
ALERTS_WRITE = "alerts:write"
TASKS_UPDATE = "tasks:update"
MAINTENANCE_SCHEDULE = "maintenance:schedule"
MAINTENANCE_READ = "maintenance:read"
REPORTS_GENERATE = "reports:generate"
ML_PREDICT = "ml:predict"
ML_ANOMALY = "ml:anomaly"
ML_DRIFT = "ml:drift"
SIMULATE = "simulate"
ADMIN = "admin"

SCOPES = (
    DATA_INGEST,
    DATA_READ,
    ALERTS_WRITE,
    TASKS_UPDATE,
    MAINTENANCE_SCHEDULE,
    MAINTENANCE_READ,
    REPORTS_GENERATE,
    ML_PREDICT,
    ML_ANOMALY,
    ML_DRIFT,
    SIMULATE,
    ADMIN,
)

SCOPE_WORDS = {
    DATA_INGEST: "send readings",
    DATA_READ: "read the plant and its readings",
    ALERTS_WRITE: "handle alarms",
    TASKS_UPDATE: "answer decisions and do work",
    MAINTENANCE_SCHEDULE: "book work",
    MAINTENANCE_READ: "read decisions and work",
    REPORTS_GENERATE: "make reports",
    ML_PREDICT: "ask for predictions",
    ML_ANOMALY: "ask for detection",
    ML_DRIFT: "ask for drift",
    SIMULATE: "simulate",
    ADMIN: "administer",
}

_VIEWER = frozenset({DATA_READ, MAINTENANCE_READ})
_OPERATOR = _VIEWER | {ALERTS_WRITE, TASKS_UPDATE}
_TECHNICIAN = _VIEWER | {TASKS_UPDATE}
_PLANNER = _OPERATOR | {MAINTENANCE_SCHEDULE, REPORTS_GENERATE}

ROLE_SCOPES: dict[str, frozenset[str]] = {
    "viewer": _VIEWER,
    "operator": _OPERATOR,
    "technician": _TECHNICIAN,
    "planner": _PLANNER,
    "admin": frozenset(SCOPES),
}

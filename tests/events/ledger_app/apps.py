from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "tests.events.ledger_app"
    label = "ledger_app"
    default_auto_field = "django.db.models.BigAutoField"

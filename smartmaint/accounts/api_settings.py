"""How the API authenticates, answers and describes itself. No Django: settings take this over."""

from __future__ import annotations

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "smartmaint.accounts.authentication.TokenAuthentication",
        "smartmaint.accounts.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["smartmaint.accounts.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["smartmaint.accounts.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "smartmaint.accounts.openapi.EndpointSchema",
    "EXCEPTION_HANDLER": "smartmaint.accounts.problems.problem_response",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,  # `format` is a parameter of ours: of files and of reports
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Smartmaint API",
    "DESCRIPTION": "From a reading to a booked technician. Errors are RFC 9457 problem details.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "ENUM_NAME_OVERRIDES": {
        "IngestStatus": "sensors.api.schemas.STATUSES",
        "AlertState": "anomalies.models.Alert.State",
        "DeliveryState": "smartmaint.events.models.Delivery.State",
        "ImportKind": "sensors.models.Import.Kind",
        "ImportState": "sensors.models.Import.State",
        "QuarantineState": "sensors.models.QuarantinedReading.State",
        "WaveformKind": "sensors.api.waveform_schemas.KINDS",
        "DecisionStatus": "maintenance.models.Decision.Status",
        "TaskStatus": "maintenance.models.MaintenanceTask.Status",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "smartmaint.accounts.openapi.describe_problems",
        "smartmaint.accounts.openapi.allow_anything",
    ],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
}

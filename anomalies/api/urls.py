from __future__ import annotations

from django.urls import path

from anomalies.api import detection, drift, replays, views

urlpatterns = [
    path("alerts/", views.alert_list, name="api-alert-list"),
    path("alerts/<int:pk>/", views.alert_detail, name="api-alert-detail"),
    path("alerts/<int:pk>/acknowledge/", views.alert_acknowledge, name="api-alert-acknowledge"),
    path("alerts/<int:pk>/resolve/", views.alert_resolve, name="api-alert-resolve"),
    path("alerts/<int:pk>/comment/", views.alert_comment, name="api-alert-comment"),
    path("alerts/<int:pk>/assign/", views.alert_assign, name="api-alert-assign"),
    path("ml/detect_anomaly", detection.detect_anomaly, name="api-detect-anomaly"),
    path("ml/replays", replays.replay_list, name="api-replays"),
    path("ml/replays/<int:replay_id>", replays.replay_detail, name="api-replay"),
    path("ml/replays/<int:replay_id>/cancel", replays.replay_cancel, name="api-replay-cancel"),
    path("ml/replays/<int:replay_id>/again", replays.replay_again, name="api-replay-again"),
    path("ml/check_drift", drift.check_drift, name="api-check-drift"),
]

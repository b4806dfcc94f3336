from __future__ import annotations

from django.urls import URLPattern, path

from anomalies import baseline_views, consumers, drift_views, learning_views, replay_views, views

urlpatterns: list[URLPattern] = [
    path("alerts/", views.alert_list, name="alert-list"),
    path("alerts/acknowledge/", views.alert_acknowledge_many, name="alert-acknowledge-many"),
    path("alerts/<int:pk>/", views.alert_detail, name="alert-detail"),
    path("alerts/<int:pk>/acknowledge/", views.alert_acknowledge, name="alert-acknowledge"),
    path("alerts/<int:pk>/resolve/", views.alert_resolve, name="alert-resolve"),
    path("alerts/<int:pk>/comment/", views.alert_comment, name="alert-comment"),
    path("alerts/<int:pk>/assign/", views.alert_assign, name="alert-assign"),
    path("alerts/<int:pk>/similar/", learning_views.alert_similar, name="alert-similar"),
    path("assets/<int:pk>/learning/", learning_views.asset_learning, name="asset-learning"),
    path("assets/<int:pk>/missed/", learning_views.asset_missed, name="asset-missed"),
    path("threshold-steps/<int:pk>/undo/", learning_views.threshold_step_undo, name="threshold-step-undo"),
    path(
        "sensors/<int:pk>/baseline/",
        baseline_views.sensor_baseline_restart,
        name="sensor-baseline-restart",
    ),
    path("assets/<int:pk>/baseline/", baseline_views.asset_baseline_restart, name="asset-baseline-restart"),
    path("models/drift/", drift_views.drift_list, name="drift-list"),
    path("models/drift/check/", drift_views.drift_check, name="drift-check"),
    path("models/drift/<int:pk>/baseline/", drift_views.drift_baseline, name="drift-baseline"),
    path("replays/", replay_views.replay_list, name="replay-list"),
    path("replays/start/", replay_views.replay_start, name="replay-start"),
    path("replays/<int:pk>/", replay_views.replay_detail, name="replay-detail"),
    path("replays/<int:pk>/cancel/", replay_views.replay_cancel, name="replay-cancel"),
    path("replays/<int:pk>/again/", replay_views.replay_again, name="replay-again"),
    path("replays/<int:pk>/try/", replay_views.replay_try, name="replay-try"),
    path("replays/<int:pk>/promote/", replay_views.replay_promote, name="replay-promote"),
    path("replays/<int:pk>/discard/", replay_views.replay_discard, name="replay-discard"),
    path("detection/automatic/", replay_views.detection_automatic, name="detection-automatic"),
    path("detection/<int:pk>/promote/", replay_views.detection_promote, name="detection-promote"),
    path("detection/<int:pk>/end/", replay_views.detection_end, name="detection-end"),
    path("detection/<int:pk>/back/", replay_views.detection_back, name="detection-back"),
]
websocket_urlpatterns = [
    path("ws/alerts/", consumers.alert_rows),  # type: ignore[arg-type]  # an ASGI application, not a view
    path("ws/v1/alerts/", consumers.alert_frames),  # type: ignore[arg-type]
]

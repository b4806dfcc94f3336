from __future__ import annotations

from django.urls import URLPattern, path

from anomalies import consumers, views

urlpatterns: list[URLPattern] = [
    path("alerts/", views.alert_list, name="alert-list"),
    path("alerts/acknowledge/", views.alert_acknowledge_many, name="alert-acknowledge-many"),
    path("alerts/<int:pk>/", views.alert_detail, name="alert-detail"),
    path("alerts/<int:pk>/acknowledge/", views.alert_acknowledge, name="alert-acknowledge"),
    path("alerts/<int:pk>/resolve/", views.alert_resolve, name="alert-resolve"),
    path("alerts/<int:pk>/comment/", views.alert_comment, name="alert-comment"),
    path("alerts/<int:pk>/assign/", views.alert_assign, name="alert-assign"),
]
websocket_urlpatterns = [
    path("ws/alerts/", consumers.alert_rows),  # type: ignore[arg-type]  # an ASGI application, not a view
    path("ws/v1/alerts/", consumers.alert_frames),  # type: ignore[arg-type]
]

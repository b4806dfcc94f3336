from __future__ import annotations

from django.urls import path

from mlops.api import models, tables, views

urlpatterns = [
    path("ml/health", models.ml_health, name="api-ml-health"),
    path("ml/models", models.model_list, name="api-ml-models"),
    path("ml/models/<slug:name>/versions", models.version_list, name="api-ml-versions"),
    path("ml/models/<slug:name>/latest", models.latest_version, name="api-ml-latest"),
    path("ml/tables", tables.table_list, name="api-ml-tables"),
    path("ml/tables/<int:table_id>", tables.table_detail, name="api-ml-table"),
    path("ml/tables/<int:table_id>/train", tables.table_train, name="api-ml-table-train"),
    path("ml/predict", views.predict, name="api-ml-predict"),
]

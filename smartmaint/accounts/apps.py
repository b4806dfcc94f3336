from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "smartmaint.accounts"
    label = "accounts"

    def ready(self) -> None:
        from smartmaint.accounts import openapi  # noqa: F401  (the schema's extensions register here)

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "smartmaint.accounts"
    label = "accounts"

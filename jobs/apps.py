from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "jobs"
    verbose_name = "Music"

    def ready(self) -> None:
        from jobs import accounts, checks  # noqa: F401 — register what happens to accounts, and the system checks

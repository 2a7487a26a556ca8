from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "jobs"
    verbose_name = "Music"

    def ready(self) -> None:
        from jobs import checks  # noqa: F401 — registers the system checks
        from jobs.accounts import signals  # noqa: F401 — what happens to accounts
        from jobs.accounts.names import guard_user_names
        from jobs.operators import accounts, admin, tokens, webhooks  # noqa: F401 — the tables in the admin

        guard_user_names()

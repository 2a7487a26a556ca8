from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    default_site = "musicsite.admin.AdminSite"

    def ready(self) -> None:
        super().ready()
        from jobs.telemetry import reporting

        reporting.start()

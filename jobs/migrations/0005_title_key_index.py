from django.db import migrations, models

from jobs.models.migrating import AddIndexOnline, RemoveIndexOnline

LIBRARY = models.Q(("deleted_at__isnull", True), ("export_of__isnull", True))


class Migration(migrations.Migration):
    """Titles are sorted by their key from now on; whoever still sorts by the title sorts one person's rows without it."""

    atomic = False
    dependencies = [("jobs", "0004_fill_search_text")]
    operations = [
        AddIndexOnline(
            model_name="job",
            index=models.Index(condition=LIBRARY, fields=["owner", "title_key", "id"], name="job_library_name"),
        ),
        AddIndexOnline(
            model_name="job",
            index=models.Index(condition=models.Q(("title_key__isnull", True)), fields=["id"], name="job_underived"),
        ),
        RemoveIndexOnline(model_name="job", name="job_library_title"),
    ]

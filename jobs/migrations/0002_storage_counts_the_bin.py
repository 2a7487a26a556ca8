from django.db import migrations, models

from jobs.models.migrating import AddIndexOnline


class Migration(migrations.Migration):
    """What is stored is counted with what lies in the bin."""

    atomic = False
    dependencies = [("jobs", "0001_initial")]
    operations = [
        AddIndexOnline(
            model_name="job",
            index=models.Index(condition=models.Q(("size__gt", 0)), fields=["owner", "size"], name="job_storage"),
        ),
    ]

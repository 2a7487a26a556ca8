"""Two columns that follow from title and prompt. Here they are added, empty, which rewrites no row."""

from django.db import migrations

import jobs.models.text


class Migration(migrations.Migration):
    dependencies = [("jobs", "0002_storage_counts_the_bin")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="title_key",
            field=jobs.models.text.SortKey(editable=False, max_length=200, null=True),
        ),
        migrations.AddField(
            model_name="job",
            name="search_text",
            field=jobs.models.text.SearchText(editable=False, null=True),
        ),
    ]

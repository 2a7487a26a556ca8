"""How often something was done: what limits are counted in."""

from __future__ import annotations

from django.db import models


class Tally(models.Model):
    """How often something was done since its window began. The key is a digest: names and addresses are not kept."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveBigIntegerField()
    ends = models.FloatField(db_index=True)  # seconds since the epoch

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"

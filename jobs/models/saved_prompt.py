"""Prompts that a person keeps, with the settings beside them, to order by again."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

MOST_SAVED = 100  # of a person
LONGEST_NAME = 100  # characters


class SavedPrompt(models.Model):
    """``settings``: the fields of the order's form that were set, by their names, JSON-ready."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_prompts")
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    prompt = models.TextField()
    settings = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name

"""Names by which people know each other: two that look alike are not two."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from jobs.music.text import is_unseen


def refuse_unseen(name: str) -> None:
    """Raise ValidationError for a name with characters that nobody sees, fillers among letters of it included."""
    if any(map(is_unseen, name)):
        raise ValidationError(_("A user name may have no invisible characters."), code="unseen")


def guard_user_names() -> None:
    """Have every form and command that makes an account ask ``refuse_unseen``."""
    User._meta.get_field("username").validators.append(refuse_unseen)

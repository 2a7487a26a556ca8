"""Operators see whose tokens there are and revoke them; they cannot read, make or change one."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from jobs.accounts import tokens
from jobs.models import Token
from tests.making import text_of

pytestmark = pytest.mark.django_db
LIST = "/admin/jobs/token/"


def test_they_see_tokens_without_secrets_and_revoke_them(operator: Client, user: User) -> None:
    made = tokens.make(user, "robot", ["read"], None)
    for path in (LIST, f"{LIST}{made.token.pk}/change/"):
        page = operator.get(path)
        assert "robot" in text_of(page)
        for secret in (made.text, made.token.digest, made.webhook_secret):
            assert secret not in page.content.decode()
    operator.post(LIST, {"action": "revoke", "_selected_action": [made.token.pk]})
    assert not Token.objects.usable().exists()
    assert LogEntry.objects.get().object_repr == "robot"
    assert "Revoked" in text_of(operator.get(LIST))


def test_whoever_may_only_look_revokes_nothing(client: Client, user: User) -> None:
    from django.contrib.auth.models import Permission

    staff = User.objects.create_user("staff", is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(codename="view_token"))
    client.force_login(staff)
    made = tokens.make(user, "robot", ["read"], None)
    client.post(LIST, {"action": "revoke", "_selected_action": [made.token.pk]})
    assert Token.objects.usable().exists()

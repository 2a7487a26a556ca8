"""Operators invite people: a link that is shown once, and only by those who may."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from jobs.models import Invitation

pytestmark = pytest.mark.django_db
LIST = "/admin/jobs/invitation/"
PASSWORD = "correct horse 9"


@pytest.fixture
def staff(db: None) -> Callable[..., Client]:
    """A browser of somebody of the staff who has these permissions, and no others."""

    def come(*permissions: str) -> Client:
        user = User.objects.create_user("staff", "", PASSWORD, is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client = Client()
        client.force_login(user)
        return client

    return come


@pytest.fixture
def inviting(staff: Any, settings: Any) -> Client:
    settings.SIGNUP = "invite"
    return staff("add_invitation", "view_invitation", "delete_invitation")


def invite(client: Client, **form: Any) -> Any:
    return client.post(f"{LIST}add/", {"note": "for Mina", "days": "7", **form}, follow=True)


def link_on(response: Any) -> str:
    (link,) = re.findall(r"<code>(\S+)</code>", response.content.decode())
    return str(link)


def test_a_link_is_shown_once_and_lets_somebody_in(inviting: Client, settings: Any) -> None:
    settings.SITE_URL = "https://music.example.org"
    link = link_on(invite(inviting))
    assert link.startswith("https://music.example.org/accounts/signup/?invitation=")
    assert "<code>" not in inviting.get(LIST).content.decode()
    invitation = Invitation.objects.get()
    page = inviting.get(f"{LIST}{invitation.pk}/change/").content.decode()
    token = link.partition("=")[2]
    assert token not in page
    assert invitation.token_hash not in page
    assert (invitation.note, invitation.created_by.username) == ("for Mina", "staff")
    assert 6 < (invitation.expires_at - invitation.created_at).total_seconds() / 86400 < 8
    guest = Client()
    form = {"username": "mina", "password1": PASSWORD, "password2": PASSWORD}
    assert guest.post(f"/accounts/signup/?invitation={token}", form).status_code == 302
    listed = inviting.get(LIST).content.decode()
    assert "Used" in listed
    assert "mina" in listed


def test_without_an_address_of_the_site_it_is_below_the_present_one(inviting: Client) -> None:
    assert link_on(invite(inviting)).startswith("http://testserver/accounts/signup/?invitation=")


def test_an_invitation_is_withdrawn_and_never_changed(inviting: Client) -> None:
    token = link_on(invite(inviting)).partition("=")[2]
    one = f"{LIST}{Invitation.objects.get().pk}"
    inviting.post(f"{one}/change/", {"note": "changed", "days": "99"})
    assert Invitation.objects.get().note == "for Mina"
    inviting.post(f"{one}/delete/", {"post": "yes"})
    assert not Invitation.objects.exists()
    assert Client().get(f"/accounts/signup/?invitation={token}").status_code == 403
    assert LogEntry.objects.count() == 2, "made and withdrawn"


@pytest.mark.parametrize("days", ["", "0", "-1", "366", "x", "1e9", "9" * 40])
def test_odd_spans_are_refused(inviting: Client, days: str) -> None:
    assert invite(inviting, days=days).status_code == 200
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("mode", ["open", "closed"])
def test_an_invitation_that_changes_nothing_says_so(inviting: Client, settings: Any, mode: str) -> None:
    settings.SIGNUP = mode
    assert f"MUSICSITE_SIGNUP is “{mode}”" in invite(inviting).content.decode()


@pytest.mark.parametrize("permissions", [(), ("view_invitation",), ("view_job", "change_user", "delete_job")])
def test_staff_without_the_right_invite_nobody(staff: Any, permissions: tuple[str, ...]) -> None:
    client = staff(*permissions)
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}add/", {"note": "", "days": "7"}).status_code == 403
    assert client.get(LIST).status_code == (200 if "view_invitation" in permissions else 403)
    assert not Invitation.objects.exists()


def test_whoever_only_makes_them_sees_the_link_all_the_same(staff: Any) -> None:
    assert "invitation=" in link_on(invite(staff("add_invitation")))


def test_nobody_else_comes_near(mina: Client, client: Client) -> None:
    for browser in (mina, client):
        assert browser.post(f"{LIST}add/", {"note": "", "days": "7"})["Location"].startswith("/admin/login/")
    assert not Invitation.objects.exists()


def test_an_invitation_outlives_whoever_made_it(inviting: Client) -> None:
    token = link_on(invite(inviting)).partition("=")[2]
    User.objects.get(username="staff").delete()
    assert Client().get(f"/accounts/signup/?invitation={token}").status_code == 200

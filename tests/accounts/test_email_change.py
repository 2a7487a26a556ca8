"""A new address is one that somebody has opened a link from, and nobody learns whose an address is."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from tests.making import text_of

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse 9"
NEW = "mina@new.example"
LINK = re.compile(r"http://testserver(/accounts/email/\S+)")


def ask(client: Client, email: str = NEW, password: str = PASSWORD, **extra: Any) -> Any:
    return client.post("/accounts/email/", {"email": email, "password": password}, **extra)


def mailed(address: str) -> list[str]:
    """The texts of the mails to an address."""
    return [str(message.body) for message in mail.outbox if message.to == [address]]


def link_to(address: str) -> str:
    (text,) = mailed(address)
    link = LINK.search(text)
    assert link
    return link[1]


def email_of(user: User) -> str:
    return User.objects.get(pk=user.pk).email


def test_the_address_changes_when_the_link_is_confirmed_and_not_before(mina: Client, user: User) -> None:
    before = user.email
    assert ask(mina)["Location"] == "/accounts/settings/"
    assert email_of(user) == before
    link = link_to(NEW)
    page = mina.get(link)
    assert NEW in text_of(page)
    assert email_of(user) == before, "whatever looks over links in mails changes nothing"
    assert mina.post(link)["Location"] == "/accounts/settings/"
    assert email_of(user) == NEW
    asked, changed = mailed(before)
    assert NEW in asked
    assert "link" not in changed
    assert f"is {NEW} now" in changed
    assert not LINK.search(asked + changed), "only the new mailbox gets the link"


def test_an_account_without_an_address_gets_one(mina: Client, user: User) -> None:
    User.objects.filter(pk=user.pk).update(email="")
    ask(mina)
    mina.post(link_to(NEW))
    assert email_of(user) == NEW
    assert [message.to for message in mail.outbox] == [[NEW]], "there is no other mailbox to tell"


def test_a_wrong_password_sends_nothing(mina: Client) -> None:
    page = ask(mina, password="wrong")
    assert "That is not your password." in text_of(page)
    assert NEW in page.content.decode(), "what was typed stays"
    assert PASSWORD not in page.content.decode()
    assert mail.outbox == []


@pytest.mark.parametrize(
    "email", ["", "mina", "a@b", "x\0@example.org", "a@x.org\nBcc: b@x.org", "a@x.org,b@x.org", "a" * 300 + "@x.org"]
)
def test_what_is_no_address_is_refused(mina: Client, email: str) -> None:
    assert 'id="id_email_error"' in ask(mina, email).content.decode()
    assert mail.outbox == []


def test_the_present_address_is_refused(mina: Client, user: User) -> None:
    assert "your address already" in text_of(ask(mina, user.email))
    assert mail.outbox == []


@pytest.mark.parametrize("spelling", ["omar@example.org", "OMAR@example.org"])
def test_nobody_learns_whose_an_address_is(mina: Client, user: User, other: User, spelling: str) -> None:
    free, taken = ask(mina, follow=True), ask(mina, spelling, follow=True)
    assert taken.redirect_chain == free.redirect_chain == [("/accounts/settings/", 302)]
    assert text_of(taken) == text_of(free)
    (told,) = [message for message in mail.outbox if message.to[0].lower() == other.email]
    assert not LINK.search(str(told.body))
    assert "another account" in str(told.body)
    assert user.username not in str(told.body), "nor does the mailbox learn who asked"
    assert email_of(other) == "omar@example.org"


def test_an_address_that_somebody_took_meanwhile_is_refused(mina: Client, user: User, other: User) -> None:
    ask(mina)
    User.objects.filter(pk=other.pk).update(email=NEW)
    assert "another account" in text_of(mina.post(link_to(NEW)))
    assert email_of(user) == "mina@example.org"


def test_a_link_is_used_once(mina: Client, user: User) -> None:
    ask(mina)
    link = link_to(NEW)
    mina.post(link)
    assert "used already" in text_of(mina.post(link))
    assert "used already" in text_of(mina.get(link))
    assert len(mailed("mina@example.org")) == 2


def test_a_link_grows_old(mina: Client, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(mina)
    link = link_to(NEW)
    monkeypatch.setattr("jobs.accounts.email_change.HOURS", -1)
    assert "too old" in text_of(mina.get(link))
    assert "too old" in text_of(mina.post(link))
    assert email_of(user) == "mina@example.org"


def test_a_link_is_for_one_account_only(mina: Client, user: User, other: User) -> None:
    ask(mina)
    link = link_to(NEW)
    omar = Client()
    omar.force_login(other)
    assert NEW not in text_of(omar.get(link))
    assert "another account" in text_of(omar.post(link))
    assert Client().post(link)["Location"].startswith("/accounts/login/?next=/accounts/email/")
    assert [email_of(user), email_of(other)] == ["mina@example.org", "omar@example.org"]


def test_a_new_password_makes_the_link_useless(mina: Client, user: User) -> None:
    ask(mina)
    user.set_password("battery staple 7")
    user.save()
    mina.force_login(user)
    mina.post(link_to(NEW))
    assert email_of(user) == "mina@example.org"


@pytest.mark.parametrize("token", ["x", "a:b:c", "x" * 5000, "%00", "Im1pbmFAbmV3LmV4YW1wbGUi:1:2"])
def test_an_invented_link_is_no_link(mina: Client, user: User, token: str) -> None:
    assert "used already" in text_of(mina.get(f"/accounts/email/{token}/"))
    assert "used already" in text_of(mina.post(f"/accounts/email/{token}/"))
    assert email_of(user) == "mina@example.org"


def test_a_link_of_a_deactivated_account_leads_nowhere(mina: Client, user: User) -> None:
    ask(mina)
    user.is_active = False
    user.save()
    assert mina.post(link_to(NEW))["Location"].startswith("/accounts/login/")
    assert email_of(user) == "mina@example.org"


def test_links_are_below_the_sites_own_address(mina: Client, settings: Any) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://music.example.org", ["*"]
    ask(mina, headers={"host": "evil.example"})
    (text,) = mailed(NEW)
    assert "https://music.example.org/accounts/email/" in text
    assert "evil.example" not in text


def test_mails_are_limited_by_account_and_by_mailbox(mina: Client, user: User, other: User, settings: Any) -> None:
    settings.LIMIT_RESET = "2/hour"
    assert [ask(mina, f"a{n}@new.example").status_code for n in range(3)] == [302, 302, 429]
    omar = Client()
    omar.force_login(other)
    assert [ask(omar, email).status_code for email in ("MINA@new.example ", NEW)] == [302, 302]
    reset = Client().post("/accounts/password_reset/", {"email": NEW}, REMOTE_ADDR="192.0.2.7")
    assert reset.status_code == 429, "it is the same count as that of resets"


def test_guessing_the_password_is_slowed_down(mina: Client, settings: Any) -> None:
    settings.LIMIT_LOGIN = "2/minute"
    assert ask(mina, password="wrong").status_code == 200
    assert mina.post("/accounts/close/", {"password": "wrong"}).status_code == 200, "it is one count"
    assert ask(mina).status_code == 429


def test_mails_speak_the_language_of_the_page(mina: Client) -> None:
    ask(mina, headers={"Accept-Language": "ko"})
    assert "안녕하세요" in mailed(NEW)[0]

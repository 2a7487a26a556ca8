"""Accounts, what goes wrong, and what no page may contain."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db import OperationalError
from django.test import Client, RequestFactory

from jobs.models import Job
from jobs.pages.views import errors
from tests.making import made, text_of

Order = Callable[..., Job]


# -- Accounts ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("onward", "to"), [("", "/"), ("/music/?prompt=calm", "/music/?prompt=calm"), ("https://elsewhere.example/", "/")]
)
def test_signing_up_logs_in_and_goes_on(client: Client, onward: str, to: str) -> None:
    data = {"username": "mina", "email": "", "password1": "correct horse 9", "password2": "correct horse 9"}
    assert client.get("/accounts/signup/", {"next": onward}).status_code == 200
    response = client.post("/accounts/signup/", {**data, "next": onward})
    assert response.headers["Location"] == to
    assert client.session["_auth_user_id"] == str(User.objects.get().pk)
    assert client.get("/accounts/signup/").headers["Location"] == "/"


@pytest.mark.django_db
def test_a_taken_name_is_said_beside_the_field(client: Client, user: User) -> None:
    data = {"username": "mina", "password1": "correct horse 9", "password2": "correct horse 9"}
    response = client.post("/accounts/signup/", data)
    assert 'id="id_username_error"' in response.content.decode()


def test_a_forgotten_password_is_replaced(client: Client, user: User) -> None:
    assert client.post("/accounts/password_reset/", {"email": user.email}, follow=True).status_code == 200
    message = mail.outbox[0]
    assert message.subject == "A new password for Musicsite"
    link = re.search(r"http://testserver(/accounts/reset/\S+)", str(message.body))
    assert link
    form = client.get(link[1], follow=True)
    assert "Choose a new password" in text_of(form)
    data = {"new_password1": "another horse 8", "new_password2": "another horse 8"}
    assert "Your password was changed." in text_of(client.post(form.redirect_chain[-1][0], data, follow=True))
    assert client.login(username="mina", password="another horse 8")
    assert "too old" in text_of(Client().get(link[1]))


def test_the_mail_leads_to_the_site_whatever_name_was_asked_for(client: Client, user: User, settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.SITE_URL = ["*"], "https://music.example.org"
    client.post("/accounts/password_reset/", {"email": user.email}, headers={"Host": "evil.example"})
    assert "https://music.example.org/accounts/reset/" in str(mail.outbox[0].body)
    assert "evil.example" not in str(mail.outbox[0].body)


@pytest.mark.parametrize(
    ("onward", "to"),
    [
        ("", "/"),
        ("/library/?q=calm", "/library/?q=calm"),
        ("https://elsewhere.example/", "/"),
        ("/accounts/login/", "/"),
        ("/accounts/login/?next=/accounts/login/", "/"),
    ],
)
def test_the_log_in_leads_on_whoever_is_logged_in(mina: Client, onward: str, to: str) -> None:
    assert mina.get("/accounts/login/", {"next": onward}).headers["Location"] == to


def test_somebody_else_may_log_in_where_one_is(mina: Client, other: User) -> None:
    response = mina.post("/accounts/login/", {"username": "omar", "password": "correct horse 9"})
    assert response.headers["Location"] == "/"
    assert mina.session["_auth_user_id"] == str(other.pk)


def test_account_pages_are_the_sites_own(mina: Client) -> None:
    for path in (
        "settings/",
        "email/",
        "close/",
        "password_change/",
        "password_change/done/",
        "password_reset/",
        "password_reset/done/",
        "reset/done/",
    ):
        html = mina.get(f"/accounts/{path}").content.decode()
        assert "css/base.css" in html, path
        assert "admin/css" not in html, path


def test_logging_out_leads_home(mina: Client) -> None:
    assert mina.post("/accounts/logout/").headers["Location"] == "/"
    assert "_auth_user_id" not in mina.session


# -- Errors -----------------------------------------------------------------------------------------------------------


def test_a_stale_form_is_explained(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    response = client.post("/music/", {"prompt": "calm piano"})
    assert response.status_code == 403
    assert "This page was too old" in text_of(response)
    assert "calm piano" in response.content.decode(), "the words are not lost"
    assert client.post("/api/music", {}).headers["Content-Type"] == "application/problem+json"


def test_a_stale_action_leads_back_to_its_page(user: User, order: Order) -> None:
    job, client = made(order()), Client(enforce_csrf_checks=True)
    client.force_login(user)
    response = client.post(f"/tracks/{job.pk}/delete", headers={"referer": "http://testserver/library/?q=calm"})
    assert (response.status_code, "This page was too old" in text_of(response)) == (403, True)
    assert 'href="http://testserver/library/?q=calm"' in response.content.decode()
    foreign = client.post(f"/tracks/{job.pk}/delete", headers={"referer": "https://evil.example/"})
    assert "evil.example" not in foreign.content.decode()


def test_an_oversized_form_is_refused_with_a_page(mina: Client) -> None:
    response = mina.post("/music/", {"prompt": "x" * 3_000_000})
    assert response.status_code in (400, 413, 422)
    assert "Musicsite" in text_of(response)


def test_a_bug_shows_a_page_that_asks_nothing_of_the_database(
    mina: Client, monkeypatch: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        response = errors.server_error(RequestFactory(headers={"Cookie": "theme=dark"}).get("/library/"))
    assert response.status_code == 500
    assert "Tracks that are being made go on being made" in text_of(response)
    assert 'data-theme="dark"' in response.content.decode()
    problem = errors.server_error(RequestFactory().get("/api/music"))
    assert problem.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/library/", "/api/music", "/healthz-not", "/accounts/login/"])
@pytest.mark.parametrize(
    "where", ["jobs.models.session.SessionStore.load", "jobs.accounts.backend.PreparedModelBackend.get_user"]
)
def test_while_the_database_is_away_it_says_so_for_a_moment(
    mina: Client, monkeypatch: pytest.MonkeyPatch, path: str, where: str
) -> None:
    def away(*args: Any) -> None:
        raise OperationalError("the server is starting up")

    mina.raise_request_exception = False
    monkeypatch.setattr(where, away)
    response = mina.get(path)
    assert response.status_code == 503
    assert response["Retry-After"] == "2"
    if path.startswith("/api/"):
        assert response.json()["code"] == "unavailable"
    else:
        assert "Nothing is lost" in text_of(response)


def test_the_pages_keep_to_a_strict_content_policy(mina: Client, order: Order) -> None:
    job = made(order())
    for path in ("/", "/music/", "/library/", f"/tracks/{job.pk}/", "/accounts/password_change/", "/nowhere"):
        html = mina.get(path).content.decode()
        assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:", html), path
        scripts = re.findall(r"<script([^>]*)>", html)
        assert all("src=" in script or "application/json" in script for script in scripts), path
        assert not re.search(r'(?:src|href)="(?:https?:)?//', html), path

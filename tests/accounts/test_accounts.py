from __future__ import annotations

import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from jobs.models import Job, Session, State, Tally
from jobs.worker import attempt

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse 9"


def log_in(client: Client, name: str = "mina", password: str = PASSWORD, **extra: Any) -> Any:
    return client.post("/accounts/login/", {"username": name, "password": password}, **extra)


def signed_in(client: Client) -> bool:
    return client.get("/library/").status_code == 200


@pytest.fixture
def browsers(user: User) -> list[Client]:
    """Two browsers in which mina has logged in."""
    found = [Client(), Client()]
    for client in found:
        log_in(client)
        assert signed_in(client)
    return found


def test_logging_in_changes_the_session_id(user: User) -> None:
    client = Client()
    client.get("/accounts/login/")
    session = client.session
    session["planted"] = 1
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = planted
    log_in(client)
    assert client.cookies["sessionid"].value != planted
    assert not Session.objects.filter(session_key=planted).exists()


def test_logging_out_ends_the_session(browsers: list[Client]) -> None:
    stolen = browsers[0].cookies["sessionid"].value
    browsers[0].post("/accounts/logout/")
    thief = Client()
    thief.cookies["sessionid"] = stolen
    assert not signed_in(thief)
    assert signed_in(browsers[1])


def test_logging_out_everywhere_ends_all_my_sessions(browsers: list[Client], other: User) -> None:
    omar = Client()
    log_in(omar, "omar")
    response = browsers[0].post("/accounts/logout_everywhere/")
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/")
    assert [signed_in(client) for client in (*browsers, omar)] == [False, False, True]


def test_logging_out_everywhere_has_a_button(mina: Client) -> None:
    page = mina.get("/accounts/password_change/").content.decode()
    assert re.search(r'<form[^>]*method="post"[^>]*action="/accounts/logout_everywhere/"', page)


def test_a_new_password_ends_the_other_sessions(browsers: list[Client]) -> None:
    new = "battery staple 7"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    before = browsers[0].cookies["sessionid"].value
    browsers[0].post("/accounts/password_change/", form)
    assert [signed_in(client) for client in browsers] == [True, False]
    assert browsers[0].cookies["sessionid"].value != before


def test_a_session_knows_whose_it_is(user: User, browsers: list[Client]) -> None:
    assert Session.objects.filter(user_id=user.pk).count() == 2
    browsers[0].post("/accounts/logout/")
    assert Session.objects.filter(user_id=user.pk).count() == 1


@pytest.mark.parametrize("password", ["short1!", "password123", "1234567890123", "mina@example"])
def test_weak_passwords_are_refused(client: Client, db: None, password: str) -> None:
    form = {"username": "mina", "email": "mina@example.org", "password1": password, "password2": password}
    assert client.post("/accounts/signup/", form).status_code == 200
    assert not User.objects.exists()


def test_nobody_learns_from_a_log_in_who_has_an_account(client: Client, user: User, other: User) -> None:
    User.objects.filter(pk=other.pk).update(is_active=False)
    pages = {
        re.sub(r'value="[^"]*"', "", log_in(client, name, "wrong").content.decode())
        for name in ("mina", "omar", "nobody")
    }
    assert len(pages) == 1


def test_nobody_learns_from_the_time_of_a_log_in_who_has_an_account(user: User, settings: Any) -> None:
    """The password is hashed whether or not there is anybody to compare it with."""
    from django.contrib.auth import hashers

    class Counting(hashers.MD5PasswordHasher):
        hashed = 0

        def encode(self, password: str, salt: str) -> str:
            Counting.hashed += 1
            return super().encode(password, salt)

    costs = []
    for name in ("mina", "nobody"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(hashers, "get_hashers", lambda: [Counting()])
            patch.setattr(hashers, "get_hasher", lambda algorithm="default": Counting())
            patch.setattr(hashers, "identify_hasher", lambda encoded: Counting())
            Counting.hashed = 0
            log_in(Client(), name, "wrong")
        costs.append(Counting.hashed)
    assert costs[0] == costs[1] > 0


def test_nobody_learns_from_a_reset_who_has_an_account(client: Client, user: User) -> None:
    answers = [client.post("/accounts/password_reset/", {"email": email}) for email in (user.email, "no@example.org")]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [
        (302, "/accounts/password_reset/done/")
    ] * 2
    assert [message.to for message in mail.outbox] == [[user.email]]


def test_a_slow_mail_server_does_not_tell_who_has_an_account(
    client: Client, user: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from musicsite import mail as background

    sent = []

    wakes = threading.Event()

    class Slow:
        def send_messages(self, mails: list[Any]) -> None:
            assert wakes.wait(60)
            sent.extend(mails)

    settings.EMAIL_BACKEND = "musicsite.mail.BackgroundBackend"
    monkeypatch.setattr(background, "EmailBackend", Slow)
    for email in ("no@example.org", user.email):
        assert client.post("/accounts/password_reset/", {"email": email}).status_code == 302
    assert sent == [], "both were answered before it"
    wakes.set()
    background._posts.submit(lambda: None).result(60)
    assert [message.to for message in sent] == [[user.email]]


def test_a_mail_that_cannot_be_sent_is_in_the_log(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    from musicsite import mail as background

    class Broken:
        def send_messages(self, mails: list[Any]) -> None:
            raise OSError("no route")

    monkeypatch.setattr(background, "EmailBackend", Broken)
    background.BackgroundBackend().send_messages([mail.EmailMessage("x")])
    background._posts.submit(lambda: None).result(5)
    assert "were not sent" in caplog.text


# -- Throttles --------------------------------------------------------------------------------------------------------


def test_guessing_a_password_is_slowed_down(client: Client, user: User, settings: Any) -> None:
    settings.LIMIT_LOGIN = "3/minute"
    assert [log_in(client, "mina", "wrong").status_code for _ in range(4)] == [200, 200, 200, 429]
    response = log_in(client)
    assert response.status_code == 429, "even the right one has to wait"
    assert 1 <= int(response["Retry-After"]) <= 60
    assert "Too many attempts" in response.content.decode()
    assert not signed_in(client)
    assert log_in(Client(), "nobody", "wrong").status_code == 200, "another name is not held up"
    assert log_in(Client(), REMOTE_ADDR="192.0.2.7").status_code == 302, "nor the owner elsewhere"


def test_another_spelling_is_the_same_name(client: Client, user: User, settings: Any) -> None:
    settings.LIMIT_LOGIN = "1/minute"
    names = ("mina", "MINA", "ｍｉｎａ")
    assert [log_in(client, name, "wrong").status_code for name in names] == [200, 429, 429]


@pytest.mark.parametrize(
    "name", ["mina ", " mina", "mina\t", "mina\n", "\u3000mina", "mina\xa0", "ｍｉｎａ ", "mina\u2003", "\x1fmina"]
)
@pytest.mark.parametrize("path", ["/accounts/login/", "/admin/login/"])
def test_white_space_makes_no_other_name(client: Client, user: User, settings: Any, name: str, path: str) -> None:
    settings.LIMIT_LOGIN = "1/minute"
    assert log_in(client, "mina", "wrong").status_code == 200
    assert client.post(path, {"username": name, "password": "correct horse 9"}).status_code == 429


def test_another_account_resets_no_count(client: Client, settings: Any) -> None:
    User.objects.create_user("strasse", password="correct horse 9")
    User.objects.create_user("straße", password="correct horse 9")
    settings.LIMIT_LOGIN = "2/minute"
    answers = []
    for _ in range(3):
        answers.append(log_in(Client(), "strasse", "wrong").status_code)
        assert log_in(Client(), "straße").status_code == 302
    assert answers == [200, 200, 429]


@pytest.mark.parametrize(
    "email", ["mina@example.org ", "MINA@example.org", "ｍina@example.org", "\u3000mina@example.org"]
)
def test_another_spelling_is_the_same_mailbox(client: Client, user: User, settings: Any, email: str) -> None:
    settings.LIMIT_RESET = "1/hour"
    answers = [
        client.post("/accounts/password_reset/", {"email": text}, REMOTE_ADDR=address).status_code
        for text, address in (("mina@example.org", "192.0.2.1"), (email, "192.0.2.2"))
    ]
    assert answers == [302, 429]


def test_the_admins_log_in_is_throttled_too(client: Client, user: User, settings: Any) -> None:
    settings.LIMIT_LOGIN = "1/minute"
    form = {"username": "mina", "password": "wrong"}
    assert [client.post("/admin/login/", form).status_code for _ in range(2)] == [200, 429]
    assert log_in(client, "mina", "wrong").status_code == 429, "it is the same count"


def test_who_knows_the_password_starts_anew(client: Client, user: User, settings: Any) -> None:
    settings.LIMIT_LOGIN = "2/minute"
    for _ in range(4):
        assert log_in(Client(), "mina", "wrong").status_code == 200
        assert log_in(Client()).status_code == 302


def test_an_address_that_tries_many_names_is_slowed_down(client: Client, user: User, settings: Any) -> None:
    settings.LIMIT_LOGIN_ADDRESS = "3/minute"
    assert [log_in(client, f"name{n}", "wrong").status_code for n in range(4)] == [200, 200, 200, 429]


def test_signing_up_is_throttled(db: None, settings: Any) -> None:
    settings.LIMIT_SIGNUP = "2/hour"
    form = {"password1": PASSWORD, "password2": PASSWORD}
    codes = [Client().post("/accounts/signup/", {"username": f"u{n}", **form}).status_code for n in range(3)]
    assert codes == [302, 302, 429]
    assert User.objects.count() == 2


def test_resets_are_throttled_by_address_and_by_mailbox(user: User, settings: Any) -> None:
    settings.LIMIT_RESET = "2/hour"

    def reset(email: str, address: str) -> int:
        return Client().post("/accounts/password_reset/", {"email": email}, REMOTE_ADDR=address).status_code

    assert [reset(f"a{n}@example.org", "192.0.2.1") for n in range(3)] == [302, 302, 429]
    assert [reset("MINA@example.org", f"192.0.2.{n}") for n in (2, 3, 4)] == [302, 302, 429]
    assert len(mail.outbox) == 2
    settings.LIMIT_RESET = "3/hour"
    assert [reset("no@example.org", f"198.51.100.{n}") for n in range(4)] == [302, 302, 302, 429], "account or not"


def test_guessing_the_old_password_is_slowed_down(mina: Client, settings: Any) -> None:
    settings.LIMIT_LOGIN = "1/minute"
    form = {"old_password": "wrong", "new_password1": "x", "new_password2": "x"}
    assert [mina.post("/accounts/password_change/", form).status_code for _ in range(2)] == [200, 429]


def test_a_count_keeps_no_names_and_goes_when_its_window_has_ended(client: Client, user: User, settings: Any) -> None:
    settings.LIMIT_LOGIN = "1/second"
    log_in(client, "mina", "wrong")
    assert not any("mina" in tally.key or "127" in tally.key for tally in Tally.objects.all())
    assert log_in(client, "mina", "wrong").status_code == 429
    Tally.objects.update(ends=time.time() - 1)
    assert log_in(client, "omar", "wrong").status_code == 200
    assert Tally.objects.filter(ends__lt=time.time()).count() == 0
    assert log_in(client, "mina", "wrong").status_code == 200


# -- Closed accounts --------------------------------------------------------------------------------------------------


@pytest.fixture
def operator(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("op", "op@example.org", PASSWORD))
    return client


def form_of(operator: Client, user: User, **changes: Any) -> dict[str, Any]:
    """What the admin's form of a user would send."""
    page = operator.get(f"/admin/auth/user/{user.pk}/change/")
    values = page.context["adminform"].form.initial
    joined = user.date_joined
    form = {name: value for name, value in values.items() if isinstance(value, str) and value}
    form |= {"date_joined_0": f"{joined:%Y-%m-%d}", "date_joined_1": f"{joined:%H:%M:%S}", "is_active": "on"}
    return {name: value for name, value in {**form, **changes}.items() if value is not None}


def test_deactivating_a_user_in_the_admin_stops_everything(
    operator: Client, user: User, other: User, browsers: list[Client], order: Any, claim: Any
) -> None:
    done, running, waiting = order(), order(), order()
    attempt.run(claim())
    assert claim().pk == running.pk
    theirs = order(owner=other)
    stolen = browsers[0].cookies["sessionid"].value
    response = operator.post(f"/admin/auth/user/{user.pk}/change/", form_of(operator, user, is_active=None))
    assert response.status_code == 302
    found = {job.pk: (job.state, job.error_code) for job in Job.objects.all()}
    assert found == {
        done.pk: (State.DONE, ""),
        running.pk: (State.ERROR, "cancelled"),
        waiting.pk: (State.ERROR, "cancelled"),
        theirs.pk: (State.PENDING, ""),
    }
    assert not any(map(signed_in, browsers))
    assert log_in(Client()).status_code == 200, "cannot come in again"
    assert LogEntry.objects.get().object_id == str(user.pk)
    User.objects.filter(pk=user.pk).update(is_active=True)
    thief = Client()
    thief.cookies["sessionid"] = stolen
    assert not signed_in(thief), "old sessions do not come back with the account"


def test_deleting_a_user_in_the_admin_deletes_their_files(
    operator: Client, user: User, other: User, browsers: list[Client], order: Any, claim: Any, settings: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    folders = []
    for owner in (user, user, other):
        pk = order(owner=owner).pk
        attempt.run(claim())
        folders.append(Path(settings.MEDIA_ROOT) / "tracks" / str(pk))
    assert all(folder.exists() for folder in folders)
    order()
    running = claim()
    with django_capture_on_commit_callbacks(execute=True):
        response = operator.post(f"/admin/auth/user/{user.pk}/delete/", {"post": "yes"})
        assert response.status_code == 302, response.content.decode()
        assert folders[0].exists(), "not before it is certain"
    assert [folder.exists() for folder in folders] == [False, False, True]
    assert list(Job.objects.values_list("owner", flat=True)) == [other.pk]
    assert not Session.objects.filter(user_id=user.pk).exists()
    assert not any(map(signed_in, browsers))
    attempt.run(running)
    assert not (Path(settings.MEDIA_ROOT) / "tracks" / str(running.pk)).exists(), "its worker leaves nothing behind"


def test_deleting_a_user_takes_no_longer_than_deleting_their_rows(
    operator: Client, user: User, order: Any, django_assert_max_num_queries: Any
) -> None:
    first = order()
    Job.objects.bulk_create(
        Job(owner=user, prompt="x", title="x", generator="dummy", lane="default", seed=1, attempt_limit=3, turn=n)
        for n in range(1000)
    )
    with django_assert_max_num_queries(60):
        page = operator.get(f"/admin/auth/user/{user.pk}/delete/")
    assert len(page.content) < 50_000, "the page counts the jobs instead of listing them"
    with django_assert_max_num_queries(100):
        operator.post(f"/admin/auth/user/{user.pk}/delete/", {"post": "yes"})
    assert not Job.objects.filter(pk=first.pk).exists()


def test_a_message_does_not_outlive_the_log_out(mina: Client, order: Any) -> None:
    job = order(title="Hidden Song")
    mina.post(f"/tracks/{job.pk}/cancel")
    mina.post(f"/tracks/{job.pk}/delete")
    mina.post("/accounts/logout/")
    for page in ("/", "/accounts/login/"):
        assert "Hidden Song" not in mina.get(page).content.decode()
    mina.post("/accounts/login/", {"username": "omar", "password": "x"})
    assert not any("Hidden" in str(cookie.value) for cookie in mina.cookies.values())

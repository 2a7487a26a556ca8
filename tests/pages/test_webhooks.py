"""The page of what programs were told, and sending it again, by owners and operators."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError
from django.test import Client
from django.utils import timezone

from jobs.accounts import tokens
from jobs.models import Delivery
from tests.commands import run
from tests.making import text_of

pytestmark = pytest.mark.django_db
PAGE = "/accounts/webhooks/"


def given_up(owner: User) -> Delivery:
    token = tokens.make(owner, "robot", ["create"], None).token
    ended = {"state": "failed", "due_at": None, "ended_at": timezone.now(), "tries": 10, "status": 500}
    return Delivery.objects.create(
        owner=owner, token=token, job_id=uuid.uuid4(), url="https://hooks.example/x", host="hooks.example",
        event="done", body="{}", **ended,
    )  # fmt: skip


def is_sent_again(delivery: Delivery) -> bool:
    delivery.refresh_from_db()
    return delivery.state == "waiting" and delivery.due_at is not None and delivery.tries == 0


def test_a_person_sees_what_was_told_and_sends_it_again(mina: Client, user: User) -> None:
    delivery = given_up(user)
    page = text_of(mina.get(PAGE))
    assert "job.done Given up https://hooks.example/x" in page
    assert "10 tries · HTTP 500" in page
    assert "It is sent again." in text_of(mina.post(f"{PAGE}replay", {"delivery": delivery.pk}, follow=True))
    assert is_sent_again(delivery)


def test_nobody_sees_or_sends_what_is_not_theirs(mina: Client, other: User) -> None:
    theirs = given_up(other)
    assert "hooks.example" not in text_of(mina.get(PAGE))
    for delivery in (theirs.pk, uuid.uuid4(), "x", ""):
        assert mina.post(f"{PAGE}replay", {"delivery": delivery}).status_code == 302
    assert not is_sent_again(theirs)


def test_operators_send_again_what_they_choose(user: User, admin_client: Client) -> None:
    delivery = given_up(user)
    assert "job.done → hooks.example" in text_of(admin_client.get("/admin/jobs/delivery/"))
    admin_client.post("/admin/jobs/delivery/", {"action": "replay", "_selected_action": [delivery.pk]})
    assert is_sent_again(delivery)


def test_the_command_sends_again_by_id_or_all_that_was_given_up(user: User) -> None:
    first, second = given_up(user), given_up(user)
    assert "Sending 1 again." in run("replaywebhooks", first.pk)
    assert is_sent_again(first)
    assert not is_sent_again(second)
    assert "Sending 1 again." in run("replaywebhooks", "--failed", "--since", "1h")
    assert is_sent_again(second)
    for args in ([], [first.pk, "--failed"], [uuid.uuid4()], ["--since", "1h"]):
        with pytest.raises(CommandError):
            run("replaywebhooks", *args)

"""Delivering webhooks: signed, tried again, to nobody whom the operator keeps from them, and at nobody else's cost."""

from __future__ import annotations

import json
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from standardwebhooks.webhooks import Webhook as Signer

from jobs.accounts import tokens
from jobs.accounts.tokens import Made
from jobs.models import Delivery, Token
from jobs.worker import courier
from tests import loop
from tests.receiver import Receiver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def local(settings: Any) -> None:
    """The operator allows receivers on this machine."""
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.fixture
def made(user: User) -> Made:
    return tokens.make(user, "robot", ["create"], None)


@pytest.fixture
def deliver(made: Made) -> Callable[..., Delivery]:
    def write(url: str, event: str = "done", **values: Any) -> Delivery:
        host = url.split("/")[2].split(":")[0]
        fields = {"owner": made.token.owner, "token": made.token, "job_id": uuid.uuid4(), "host": host, "event": event}
        body = json.dumps({"type": f"job.{event}", "data": {"title": "밤"}}, ensure_ascii=False)
        return Delivery.objects.create(url=url, body=body, **{**fields, **values})

    return write


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "LOOK", 0.01)


def go(idle_seconds: float = 0.05) -> None:
    """Deliver what is due, in this process."""
    loop.run(courier.Courier().run(idle_seconds))


def test_a_delivery_is_signed_by_the_standard(receiver: Receiver, deliver: Any, made: Made, local: None) -> None:
    delivery = deliver(receiver.url)
    go()
    ((headers, body),) = receiver.received
    assert Signer(made.webhook_secret).verify(body, headers) == {"type": "job.done", "data": {"title": "밤"}}
    assert headers["webhook-id"] == f"msg_{delivery.pk.hex}"
    assert headers["content-type"] == "application/json"
    delivery.refresh_from_db()
    assert (delivery.state, delivery.status, delivery.tries, delivery.due_at) == ("delivered", 200, 1, None)


@pytest.mark.parametrize("status", [500, 404, 301, 429])
def test_what_is_not_taken_is_tried_again_under_the_same_id(
    receiver: Receiver, deliver: Any, local: None, status: int
) -> None:
    receiver.statuses = [status, 204]
    delivery = deliver(receiver.url)
    go()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.status, delivery.tries) == ("waiting", status, 1)
    assert delivery.due_at
    assert delivery.due_at > timezone.now() + timedelta(seconds=2)
    Delivery.objects.update(due_at=timezone.now())
    go()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.status, delivery.tries) == ("delivered", 204, 2)
    assert len({headers["webhook-id"] for headers, _body in receiver.received}) == 1


def test_a_receiver_that_is_gone_for_good_is_left_alone(receiver: Receiver, deliver: Any, local: None) -> None:
    receiver.statuses = [410]
    delivery = deliver(receiver.url)
    go()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.due_at) == ("failed", None)


def test_redirects_are_not_followed(receiver: Receiver, deliver: Any, local: None) -> None:
    other = Receiver()
    receiver.statuses, receiver.location = [307], other.url
    deliver(receiver.url)
    go()
    other.close()
    assert (len(receiver.received), other.received) == (1, [])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "[::1]", "2130706433", "127.1"])
def test_nothing_goes_to_private_networks(receiver: Receiver, deliver: Any, settings: Any, host: str) -> None:
    """Whatever the host is called: the address that is connected to counts, at each try."""
    settings.WEBHOOK_NETWORKS = [ip_network("10.0.0.0/8")]
    delivery = deliver(receiver.url.replace("127.0.0.1", host))
    go()
    delivery.refresh_from_db()
    assert receiver.received == []
    assert (delivery.state, delivery.status) == ("waiting", None)
    assert delivery.problem


def test_the_address_is_looked_at_anew_each_time(
    receiver: Receiver, deliver: Any, local: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads to another address now than before (DNS rebinding)."""
    receiver.statuses = [500]
    port = receiver.url.split(":")[2].split("/")[0]
    seen: list[str] = []

    def resolve(host: str, *args: Any, **kwargs: Any) -> Any:
        seen.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1" if len(seen) == 1 else "10.0.0.1", int(port)))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    delivery = deliver(f"http://hooks.example:{port}/")
    go()
    Delivery.objects.update(due_at=timezone.now())
    go()
    delivery.refresh_from_db()
    assert len(receiver.received) == 1
    assert "network" in delivery.problem


def test_a_token_that_has_expired_is_told_of_what_it_has_ordered(receiver: Receiver, deliver: Any, local: None) -> None:
    Token.objects.update(expires_at=timezone.now() - timedelta(days=1))
    deliver(receiver.url)
    go()
    assert len(receiver.received) == 1


def test_a_revoked_token_ends_its_webhooks(receiver: Receiver, deliver: Any, local: None) -> None:
    delivery = deliver(receiver.url)
    Token.objects.all().revoke()
    go()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.problem, receiver.received) == ("failed", "the token is revoked", [])


def test_why_it_failed_is_said_in_words(deliver: Any, local: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    delivery = deliver(f"http://127.0.0.1:{port}/")
    go()
    delivery.refresh_from_db()
    assert delivery.problem == "Connection refused"


def test_a_day_later_it_is_given_up(receiver: Receiver, deliver: Any, local: None) -> None:
    receiver.statuses = [500]
    delivery = deliver(receiver.url, since=timezone.now() - timedelta(hours=24))
    go()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.status) == ("failed", 500)
    Delivery.objects.all().replay()
    receiver.statuses = [200]
    go()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == ("delivered", 1)


def test_progress_is_not_told_twice(receiver: Receiver, deliver: Any, local: None) -> None:
    receiver.statuses = [500]
    delivery = deliver(receiver.url, "progress")
    go()
    delivery.refresh_from_db()
    assert delivery.state == "failed"


def test_what_is_no_answer_of_http_is_a_failed_try(deliver: Any, local: None) -> None:
    lines = (b"SSH-2.0-x\r\n", b"", b"x" * 5000, b"HTTP/1.1 -99 No\r\n", b"HTTP/1.1 2_0 OK\r\n")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            for line in lines:
                connection, _ = server.accept()
                connection.recv(1)
                connection.sendall(line)
                connection.close()

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        for _ in lines:
            Delivery.objects.all().delete()
            delivery = deliver(f"http://127.0.0.1:{server.getsockname()[1]}/")
            go()
            delivery.refresh_from_db()
            assert (delivery.state, delivery.status, bool(delivery.problem)) == ("waiting", None, True)
        thread.join(30)


def test_a_thousand_for_a_dead_host_cost_others_nothing(
    receiver: Receiver, deliver: Any, made: Made, other: User, local: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes connections and says nothing. What is for somebody else arrives, though it was ordered last."""
    monkeypatch.setattr(courier, "TRY_SECONDS", 1.0)
    with socket.create_server(("127.0.0.2", 0), backlog=1000) as dead:
        url, now = f"http://127.0.0.2:{dead.getsockname()[1]}/", timezone.now()
        fields = {"owner": made.token.owner, "token": made.token, "event": "done", "body": "{}", "due_at": now}
        Delivery.objects.bulk_create(
            Delivery(url=url, host="127.0.0.2", job_id=uuid.uuid4(), **fields) for _ in range(1000)
        )
        theirs = tokens.make(other, "robot", ["create"], None).token
        mine = [deliver(receiver.url), deliver(receiver.url, owner=other, token=theirs)]
        go()
    assert [Delivery.objects.get(pk=one.pk).state for one in mine] == ["delivered"] * 2
    tried = Delivery.objects.filter(host="127.0.0.2", tries__gt=0).count()
    assert 1 <= tried <= courier.OF_HOST
    assert Delivery.objects.filter(host="127.0.0.2").waiting().count() == 1000

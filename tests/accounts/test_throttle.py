"""How often somebody may ask, and by what address a stranger is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from jobs.accounts import throttle
from jobs.models import Job
from tests.refusals import is_refused

pytestmark = pytest.mark.django_db
Submit = Callable[..., Job]


def test_so_many_requests_and_no_more(mina: Client, other: User, order: Submit, settings: Any) -> None:
    path = f"/api/music/{order().pk}/status"
    settings.LIMIT_REQUESTS = "3/10 second"
    assert [mina.get(path).status_code for _ in range(4)] == [200, 200, 200, 429]
    response = mina.get(path)
    is_refused(response, "too_many_requests")
    assert int(response["Retry-After"]) <= 10
    page = mina.get("/library/")
    assert (page.status_code, page["Content-Type"]) == (429, "text/html; charset=utf-8")
    omar = Client()
    omar.force_login(other)
    assert omar.get("/api/music").status_code == 200


def test_who_is_not_signed_in_is_counted_by_address(client: Client, db: None, settings: Any) -> None:
    settings.LIMIT_REQUESTS = "1/minute"
    codes = [client.get("/", REMOTE_ADDR=address).status_code for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2")]
    assert codes == [200, 429, 200]


def test_counting_requests_costs_no_query(mina: Client, order: Submit, settings: Any) -> None:
    path = f"/api/music/{order().pk}/status"
    costs = []
    for limit in ("", "1000/minute"):
        settings.LIMIT_REQUESTS = limit
        mina.get(path)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            mina.get(path)
        costs.append(len(queries))
    assert costs[0] == costs[1]


@pytest.mark.parametrize(
    ("behind", "remote", "forwarded", "address"),
    [
        (False, "192.0.2.1", "198.51.100.9", "192.0.2.1"),
        (True, "10.0.0.1", "198.51.100.9", "198.51.100.9"),
        (True, "10.0.0.1", "1.2.3.4, 198.51.100.9", "198.51.100.9"),
        (True, "10.0.0.1", None, "10.0.0.1"),
        (False, "2001:db8:1:2:3::4", None, "2001:db8:1:2::/64"),
        (False, "::ffff:192.0.2.1", None, "192.0.2.1"),
        (False, "", None, ""),
        (True, "10.0.0.1", "203.0.113.10:50001", "203.0.113.10"),
        (True, "10.0.0.1", "198.51.100.9,203.0.113.10:50002", "203.0.113.10"),
        (True, "10.0.0.1", "[2001:db8::1]:443", "2001:db8::/64"),
        (True, "10.0.0.1", "[2001:db8::1]", "2001:db8::/64"),
        (True, "10.0.0.1", ' "[2001:db8:0:0:7::9]:4711" ', "2001:db8::/64"),
        (True, "10.0.0.1", '"203.0.113.10:80"', "203.0.113.10"),
        (True, "10.0.0.1", "::ffff:203.0.113.10", "203.0.113.10"),
        (True, "10.0.0.1", "[::ffff:203.0.113.10]:80", "203.0.113.10"),
        (True, "10.0.0.1", "203.0.113.10,", "203.0.113.10"),
        (True, "10.0.0.1", "203.0.113.10 , ", "203.0.113.10"),
        (True, "10.0.0.1", "fe80::1%eth0", "fe80::/64"),
        *(
            (True, "10.0.0.1", garbage, "10.0.0.1")
            for garbage in (
                "unknown",
                "_hidden",
                "1",
                "203.0.113.10:",
                "203.0.113.10:http",
                "203.0.113.300",
                "[203.0.113",
                ",",
                " ",
                "for=203.0.113.10",
                "203.0.113.10 x",
                "1.2.3.4, unknown",
                "٣.٣.٣.٣",
            )
        ),
        (False, "192.0.2.1:4711", None, "192.0.2.1"),
        (False, "unix:", None, ""),
    ],
)
def test_an_address_cannot_be_made_up(
    settings: Any, behind: bool, remote: str, forwarded: str | None, address: str
) -> None:
    settings.BEHIND_PROXY = behind
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert throttle.address_of(RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote)) == address

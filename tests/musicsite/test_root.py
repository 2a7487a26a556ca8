"""What browsers, robots and strangers ask for unasked."""

import logging
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.test import Client

pytestmark = pytest.mark.django_db  # to close a file that was answered looks after the connection, if one is open


@pytest.mark.parametrize(
    ("path", "content_type", "begins"),
    [
        ("/favicon.ico", ("image/x-icon", "image/vnd.microsoft.icon"), b"\0\0\1\0"),
        ("/robots.txt", ("text/plain",), b"User-agent: *"),
    ],
)
def test_what_is_looked_for_at_the_root_is_there(
    client: Client, path: str, content_type: tuple[str, ...], begins: bytes
) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"].partition(";")[0] in content_type
    assert b"".join(response.streaming_content).startswith(begins)
    response.close()


def test_robots_are_kept_from_what_is_somebodys(client: Client) -> None:
    response = client.get("/robots.txt")
    lines = b"".join(response.streaming_content).decode().splitlines()
    response.close()
    for place in ("accounts", "admin", "api", "library", "music", "tracks"):
        assert f"Disallow: /{place}/" in lines
    assert not any("shared" in line for line in lines), "robots have to see that they may not keep a shared track"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "a b", "[", "x" * 300, "-", "éclair"])
def test_a_foreign_name_is_one_line_of_the_log(client: Client, host: str, caplog: Any) -> None:
    caplog.handler.addFilter(site_filter := _filter("brief"))
    try:
        response = client.get("/", headers={"Host": host})
    finally:
        caplog.handler.removeFilter(site_filter)
    assert response.status_code == 400
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert not record.exc_info
    assert "Traceback" not in caplog.text


def _filter(name: str) -> logging.Filter:
    from django.utils.module_loading import import_string

    assert name in site_settings.LOGGING["handlers"]["console"]["filters"]
    return import_string(site_settings.LOGGING["filters"][name]["()"])()

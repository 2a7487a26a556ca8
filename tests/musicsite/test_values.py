"""Values of settings: what is taken, and that whatever else is said to be wrong."""

from pathlib import Path
from typing import Any

import pytest
from environs import ValidationError

from musicsite import values

ADDRESS = "https://music.example.org"


@pytest.mark.parametrize(
    "value",
    ["", ADDRESS, "http://localhost:8000", "https://[2001:db8::1]:8443", "http://10.0.0.1", "https://xn--3e0b707e.kr"],
)
def test_an_origin(value: str) -> None:
    values.origin(value)


@pytest.mark.parametrize(
    ("value", "right"),
    [
        (f"{ADDRESS}/", ADDRESS), (f"{ADDRESS}/site", ADDRESS), ("https://Music.Example.org", ADDRESS),
        (f"{ADDRESS}:443", ADDRESS), ("http://music.example.org:80", "http://music.example.org"),
        (f" {ADDRESS}", ADDRESS),
        (f"{ADDRESS}?x", ADDRESS), (f"{ADDRESS}#x", ADDRESS), ("HTTPS://music.example.org", ADDRESS),
        ("https://me:secret@music.example.org", ADDRESS), ("https://한국.kr", "https://xn--3e0b707e.kr"),
        ("music.example.org", ""), ("ftp://music.example.org", ""), ("https://", ""), ("https://[::1", ""),
        ("https://a b", ""),
        ("https://x:99999", ""), ("https://*.example.org", ""),
    ],
)  # fmt: skip
def test_what_is_no_origin_is_told_as_one(value: str, right: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        values.origin(value)
    assert str(refusal.value).endswith(f": {right or ADDRESS}")
    assert "secret" not in str(refusal.value)


def test_names_of_hosts() -> None:
    assert values.hosts("a, b ,.example.org,[::1],10.0.0.1,*") == ["a", "b", ".example.org", "[::1]", "10.0.0.1", "*"]
    assert values.hosts("") == values.hosts(" ") == []


@pytest.mark.parametrize(
    "value", ["https://a", "a:80", "a/", "a,,b", "a,", "*.a", "::1", "[a]", "[::1]:80", "a b", "한국.kr", "a.", "[::1"]
)
def test_what_is_no_name_of_a_host(value: str) -> None:
    with pytest.raises(ValidationError, match="no name of a host"):
        values.hosts(value)


def test_options() -> None:
    assert values.options("") == {}
    assert values.options("model=a/b, lane = gpu,x=y=z,e=") == {"model": "a/b", "lane": "gpu", "x": "y=z", "e": ""}


@pytest.mark.parametrize("value", ["sk_secret", "a=b,sk_secret", "a=b,", "=sk_secret", "a=b,a=sk_secret"])
def test_what_are_no_options_and_may_be_a_secret(value: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        values.options(value)
    assert "secret" not in str(refusal.value)


def test_a_database() -> None:
    folder = Path("/data/a#b?c%41")
    assert values.database("", folder)["NAME"] == "/data/a#b?c%41/db.sqlite3"
    assert values.database("sqlite:////data/a%23b.sqlite3", folder)["NAME"] == "/data/a#b.sqlite3"
    there = values.database("postgres://me:p%23w@host:5433/music?sslmode=verify-full&pool=1", folder)
    assert [there[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        "me",
        "p#w",
        "host",
        5433,
        "music",
    ]
    assert there["CONN_MAX_AGE"] == 600


@pytest.mark.parametrize(
    "url",
    [
        "postgres://me:se#cret@host/music", "postgres://me:se/cret@host/music", "postgres://me:1/cret@host/music",
        "postgres://me:se?cret@host/music", "postgres://me:cret@host:99999/music", "postgres://me:cret@host/",
        "postgres://me:cret@host", "mysql://me:cret@host/music", "postgis://me:cret@host/music", "cret", "sqlite:cret",
        "postgres://me:cret@host/music?ssmode=x", "sqlite://", "sqlite://cret", "sqlite:///:memory:", "sqlite://:memory:",
        "sqlite:////data/cret#x",
    ],
)  # fmt: skip
def test_what_is_no_database(url: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        values.database(url, Path("/data"))
    assert "cret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        (values.window, ["", "10/minute", "50/2 hour"], ["0/day", "many", "9999999999999/day", "-1/day"]),
        (values.token, ["", "x" * 16], ["x" * 15, "x" * 15 + " "]),
        (values.folder, ["/data", "var"], ["", " ", "~/data", __file__]),
        (values.folder_of_bucket, ["", "a/b"], ["/a", "../a", "a/.."]),
        (values.endpoint, ["", "https://s3.example.org", "http://127.0.0.1:9000/"], ["s3.example.org", "http://[x", "https://s3/x"]),
        (values.mail_host, ["", "mail.example.org", "::1", "10.0.0.1"], ["smtp://x", "x:25", "a b"]),
        (values.mailbox, ["a@b", "Musicsite <a@example.org>"], ["", "nobody", "a@b@c d", "@"]),
        (values.port, [1, 65535], [0, 65536]),
        (values.lane, ["default", "gpu-2"], ["", "a b", "x" * 41, "a\n"]),
    ],
)  # fmt: skip
def test_other_values(check: Any, right: list[Any], wrong: list[Any]) -> None:
    for value in right:
        check(value)
    for value in wrong:
        with pytest.raises(ValidationError):
            check(value)

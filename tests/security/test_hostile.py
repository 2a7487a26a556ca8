"""Words that want to be something else: markup, headers, paths, log lines, queries. They stay words everywhere."""

from __future__ import annotations

import io
import json
import logging
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from jobs.models import Attempt, Job
from jobs.music.files import roll, stems, tags
from jobs.music.sound.soundfont import Bank
from jobs.pages.delivery import deliver
from jobs.telemetry.logs import OneRecord
from tests.music import banks
from tests.music.handmade import solo
from tests.music.id3 import read
from tests.sweeps import sampled

HOSTILE = [
    "<x-evil>",
    "</script><x-evil>",
    "</textarea></title></style><x-evil>",
    '"><x-evil a="',
    "'><x-evil a='",
    '" x-evil="',
    "' x-evil='",
    "--><x-evil><!--",
    "]]><x-evil>",
    "<svg/onload=alert(1)><x-evil>",
    "{{ 1234567|add:1 }}{% debug %}",
    "%(x)s %s {0} ${jndi:ldap://x}",
    "'; DROP TABLE jobs_job; --",
    "../../../etc/passwd",
    "..\\..\\evil.exe",
    "x.mp3\r\nSet-Cookie: evil=1\r\n\r\n<x-evil>",
    "a\nb\u2028c\x85d",
    "\u202egnp.exe",
    "CON", ".", "..", " ", "-rf",
    "=1+1", "\\u003cx-evil\\u003e", "&lt;x-evil&gt;", "&#60;x-evil&#62;",
    "x" * 200,
    "🎹" * 60,
]  # fmt: skip


PASSWORD = "correct horse 9"


class Evil(HTMLParser):
    """Elements and attributes that came from words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if "evil" in tag or tag == "svg" and any(name == "onload" for name, _ in attributes):
            self.found.append(tag)
        self.found += [name for name, _value in attributes if "evil" in name or name.startswith("on")]


def named(job: Job, words: str) -> Job:
    """The job with these words wherever somebody's words can be, past every check at the door."""
    brief = {**job.brief, "prompt": words, "title": words}
    Job.objects.filter(pk=job.pk).update(
        prompt=words, title=words[:200], brief=brief, options={"title": words}, error_message=words,
        idempotency_key=None if job.deleted_at else f"{words[:200]}{job.pk}",
    )  # fmt: skip
    Attempt.objects.filter(job=job).update(error_message=words, traceback=words)
    return Job.objects.get(pk=job.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("first", sampled(range(0, len(HOSTILE), 3), 3))
def test_words_are_shown_as_words(first: int, clients: dict[str, Client], jobs: dict[str, Job]) -> None:
    for job, words in zip(jobs.values(), HOSTILE[first:], strict=False):
        named(job, words)
    paths = {
        "owner": ["/", "/music/", "/library/", "/library/?show=bin&view=list", f"/shared/{jobs['done'].share_token}/"]
        + [f"/tracks/{job.pk}/" for job in jobs.values() if not job.deleted_at],
        "staff": [
            "/admin/dashboard/",
            "/admin/jobs/job/",
            *(f"/admin/jobs/job/{job.pk}/change/" for job in jobs.values()),
        ],
    }
    for who, addresses in paths.items():
        for path in addresses:
            response = clients[who].get(path)
            page = response.content.decode()
            assert response.status_code == 200, path
            assert Evil(page).found == [], path
            assert "1234568" not in page
            for data in re.findall(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL):
                json.loads(data)
    listed = {item["jobId"]: item["prompt"] for item in clients["owner"].get("/api/music").json()["items"]}
    assert listed == {str(job.pk): job.prompt for job in Job.objects.filter(deleted_at=None)}


@pytest.mark.django_db
@pytest.mark.parametrize("words", HOSTILE)
def test_a_download_has_a_harmless_name(words: str, mina: Client, made: Any) -> None:
    job = named(made(), words)
    for query in ("", "?download=1"):
        response = mina.get(f"/tracks/{job.pk}/audio{query}")
        b"".join(response.streaming_content)
        assert "Set-Cookie" not in response.headers
        assert "evil" not in response.cookies
        header = response["Content-Disposition"]
        assert header.isprintable()
        assert re.fullmatch(r"""(inline|attachment); filename(="[\w. -]+"|\*=utf-8''[\w.%~-]+)""", header), header
        name = re.split(r"filename=|utf-8''", header)[1].strip('"')
        assert name == PurePosixPath(name).name == PureWindowsPath(name).name
        assert not name.startswith((".", "-"))
        assert name.endswith(".wav")


@pytest.mark.parametrize("words", HOSTILE)
def test_tags_hold_words_only(words: str, tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    path.write_bytes(tags.id3({"TIT2": words, "TPE1": words}, {"prompt": words, words: "x"}) + b"\xff\xfb")
    found = read(path)
    assert found["TIT2"] == found["TPE1"] == found["TXXX:prompt"] == tags.clean(words)
    assert len(found) == 4
    assert not re.search("[\x00-\x08\x0b-\x1f]", "".join(found.values()))


@pytest.mark.parametrize("words", HOSTILE)
def test_the_picture_holds_words_only(words: str) -> None:
    score = solo()
    parts = tuple(replace(part, name=words) for part in score.parts)
    sections = tuple(replace(section, name=words) for section in score.sections)
    tree = ElementTree.fromstring(roll.svg(replace(score, title=words, parts=parts, sections=sections)))
    tags_found = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert tags_found <= {"svg", "title", "g", "path"}
    for element in tree.iter():
        assert not [name for name in element.attrib if name.startswith("on") or name == "style" or "href" in name]


@pytest.mark.parametrize("words", ["../../evil", "/etc/evil", "C:\\evil", "a\nb", "", "....", "<x-evil>"])
def test_a_zip_unpacks_into_its_own_folder(words: str, tmp_path: Path) -> None:
    score = solo(1.0)
    score = replace(score, title=words, parts=tuple(replace(part, name=words) for part in score.parts))
    bank = banks.write(tmp_path / "bank.sf2")
    stems.write(score, Bank(bank, "bank"), tmp_path / "stems.zip", 1.0, words, lambda _fraction: None)
    with zipfile.ZipFile(tmp_path / "stems.zip") as archive:
        for name in archive.namelist():
            assert re.fullmatch(r"\d\d-[\w-]+\.flac", name)


@pytest.mark.django_db
@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\ud800", "\uffff"])
def test_what_no_text_may_hold_is_refused_at_the_door(mina: Client, character: str) -> None:
    for field in ("prompt", "title", "key", "style"):
        body = json.dumps({"prompt": "x", field: f"a{character}b"})
        assert mina.post("/api/music", body, content_type="application/json").status_code == 422
    if not "\ud800" <= character <= "\udfff":
        assert mina.post("/music/", {"prompt": f"a{character}b"}).status_code == 422
    assert not Job.objects.exists()


# -- Log lines --------------------------------------------------------------------------------------------------------


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the site's handler writes, as settings.LOGGING has it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(OneRecord("%(asctime)s %(levelname)s %(name)s %(process)d %(message)s"))
    loggers = [logging.getLogger(), logging.getLogger("jobs")]
    for logger in loggers:
        logger.addHandler(handler)
    before = [logger.level for logger in loggers]
    loggers[1].setLevel("INFO")
    yield stream
    for logger, level in zip(loggers, before, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)


def begins_with_its_time(text: str) -> None:
    assert text
    for line in text.rstrip("\n").split("\n"):
        assert re.match(r"\d{4}-\d\d-\d\d |    ", line), line
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]", text)


def test_the_sites_own_log_is_written_so(settings: Any) -> None:
    assert settings.LOGGING["formatters"]["text"]["()"] == "jobs.telemetry.logs.OneRecord"
    assert {handler["formatter"] for handler in settings.LOGGING["handlers"].values()} == {"text"}


@pytest.mark.django_db
def test_nobody_can_forge_a_line_of_the_log(mina: Client, order: Any, claim: Any, log: io.StringIO) -> None:
    mina.raise_request_exception = False
    forged = "2026-01-01 00:00:00,000 ERROR root 1 forged"
    for path in (f"/api/x%0a{forged}", f"/x%0d%0a{forged}", f"/x%1b[2J%c2%85{forged}", f"/%e2%80%a8{forged}"):
        assert mina.get(path).status_code == 404
    mina.get("/", headers={"host": f"evil\n{forged}"})
    job = order(f"piano\n{forged}")
    claim().fail("x", f"bad\n{forged}")
    logging.getLogger("jobs").warning("job %s: %s", job.pk, job.prompt)
    try:
        raise RuntimeError(f"boom\n{forged}\r\x1b[2J")
    except RuntimeError:
        logging.getLogger("jobs").exception("a bug with %s", f"words\r\n{forged}")
    text = log.getvalue()
    assert "Traceback" in text
    assert "forged" in text
    begins_with_its_time(text)
    assert not [line for line in text.split("\n") if line.startswith(forged)]


# -- Where somebody is sent, and what is fetched -----------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "evil", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:evil"]
)
def test_nobody_is_sent_elsewhere(mina: Client, user: User, made: Any, evil: str) -> None:
    job = made()
    new = {"username": "nina", "password1": PASSWORD, "password2": PASSWORD}
    answers = [
        Client().post("/accounts/login/", {"username": "mina", "password": PASSWORD, "next": evil}),
        Client().post("/accounts/signup/", {**new, "next": evil}),
        mina.post("/i18n/setlang/", {"language": "ko", "next": evil}),
        mina.post(f"/tracks/{job.pk}/favourite", {"favourite": "1"}, headers={"referer": evil}),
        mina.post("/accounts/logout/", {"next": evil}),
    ]  # fmt: skip
    for response in answers:
        assert response.status_code == 302
        assert re.match(r"/(?![/\\])", response["Location"]), response["Location"]


@pytest.mark.django_db
def test_a_reset_link_leads_here(client: Client, user: User, settings: Any) -> None:
    for headers in ({"host": "evil.example"}, {"x-forwarded-host": "evil.example"}):
        client.post("/accounts/password_reset/", {"email": user.email}, headers=headers)
    (message,) = mail.outbox
    assert "evil" not in message.body
    assert "://testserver/accounts/reset/" in message.body


@pytest.mark.django_db
@pytest.mark.parametrize("email", ["mina@example.org\nBcc: x@evil.example", "mina@example.org\r\nX: y", "a@b\x00c.org"])
def test_a_mailbox_is_no_header(client: Client, user: User, email: str) -> None:
    assert client.post("/accounts/password_reset/", {"email": email}).status_code == 200
    assert mail.outbox == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "kind",
    ["..%2f..%2fdb.sqlite3", "../db.sqlite3", "%2e%2e", "audio%00", "audio/../../x", "..;/x", "__class__", "name"],
)
def test_no_path_leads_out_of_a_track(mina: Client, made: Any, kind: str) -> None:
    assert mina.get(f"/tracks/{made().pk}/{kind}").status_code in (404, 301)


@pytest.mark.django_db
def test_a_name_that_leads_out_of_the_storage_is_not_served(made: Any, rf: Any, tmp_path: Path) -> None:
    job = made()
    (tmp_path / "secret").write_text("secret")
    from django.core.exceptions import SuspiciousFileOperation

    for name in ("../secret", str(tmp_path / "secret")):
        job.files = {"audio": {"name": name, "type": "audio/wav", "size": 6}}
        with pytest.raises(SuspiciousFileOperation):
            deliver(rf.get("/"), job, "audio")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "ranges",
    [
        "bytes=" + ",".join(f"{n}-{n + 1}" for n in range(5000)),
        "bytes=" + "0-," * 20_000,
        "bytes=0-" + "9" * 5000,
        "bytes=" + "9" * 5000 + "-",
        "bytes=-" + "9" * 5000,
        "bytes=--1",
        "bytes=0-0-0",
        "bytes=१-२",
        "bytes=0x0-0x9",
        "bytes= 0 - 9 ",
        "bytes=",
        "=" * 9999,
    ],
)
def test_no_range_costs_more_than_the_file(mina: Client, made: Any, ranges: str) -> None:
    job = made()
    size = job.files["audio"]["size"]
    for headers in ({"Range": ranges}, {"Range": ranges, "If-Range": "x" * 9999}, {"If-None-Match": ranges}):
        response = mina.get(f"/tracks/{job.pk}/audio", headers=headers)
        assert response.status_code in (200, 206, 416)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        assert len(body) <= size
        assert "multipart" not in response.get("Content-Type", "")


@pytest.mark.django_db
def test_a_private_track_is_in_no_shared_cache(mina: Client, made: Any) -> None:
    job = made()
    etag = None
    for headers in ({}, {"Range": "bytes=0-9"}, {"Range": "bytes=99999999-"}, {"If-None-Match": "etag"}):
        headers = {name: etag if value == "etag" else value for name, value in headers.items()}
        response = mina.get(f"/tracks/{job.pk}/audio", headers=headers)
        etag = response.get("ETag", etag)
        b"".join(response.streaming_content) if response.streaming else None
        assert "private" in response["Cache-Control"]
        assert "public" not in response["Cache-Control"]
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"

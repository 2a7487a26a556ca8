import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, get_commands, load_command_class
from django.utils import timezone

from jobs.management import ports
from jobs.models import Job, State
from jobs.queue import transitions
from jobs.storage import files
from jobs.worker import attempt
from tests.commands import run

Claim = Callable[[], Job]


def state(job: Job) -> str:
    return Job.objects.get(pk=job.pk).state


@pytest.fixture
def failed(order: Any, claim: Claim) -> Callable[..., Job]:
    def make(code: str = "overloaded", retryable: bool = True, owner: User | None = None) -> Job:
        order(owner=owner)
        job = claim()
        job.fail(code, "Too much to do.", retryable=retryable)
        return job

    return make


# -- retryjobs ---------------------------------------------------------------------------------------------------------


def test_it_retries_jobs_by_id(failed: Any) -> None:
    first, second, other = failed(), failed(), failed()
    assert "Retried 2 jobs." in run("retryjobs", first.pk, second.pk)
    assert [state(job) for job in (first, second, other)] == [State.PENDING, State.PENDING, State.ERROR]


def test_it_retries_what_failed_but_not_what_was_cancelled_or_refused(failed: Any, order: Any) -> None:
    error, refused, cancelled = failed(), failed("refused", retryable=False), order()
    transitions.cancel(cancelled)
    assert "Retried 1 jobs." in run("retryjobs", "--failed")
    assert [state(job) for job in (error, refused, cancelled)] == [State.PENDING, State.ERROR, State.ERROR]
    assert "Retried 1 jobs." in run("retryjobs", "--code", "cancelled")
    assert state(cancelled) == State.PENDING


def test_it_retries_by_code_time_and_user(failed: Any, other: User) -> None:
    old, foreign, wanted = failed("timeout"), failed("timeout", owner=other), failed("timeout")
    failed("overloaded")
    Job.objects.filter(pk=old.pk).update(finished_at=timezone.now() - timedelta(hours=3))
    out = run("retryjobs", "--code", "timeout", "--since", "2h", "--user", "mina")
    assert str(wanted.pk) in out
    assert list(Job.objects.filter(state=State.PENDING)) == [wanted]
    run("retryjobs", "--user", "omar")
    assert state(foreign) == State.PENDING


def test_it_says_what_it_would_retry(failed: Any) -> None:
    job, refused = failed(), failed("refused", retryable=False)
    assert str(job.pk) in run("retryjobs", "--failed", "--dry-run")
    with pytest.raises(CommandError, match="1 jobs cannot be retried"):
        run("retryjobs", "--dry-run", job.pk, refused.pk)
    assert state(job) == State.ERROR


def test_it_goes_on_after_a_job_that_cannot_be_retried(failed: Any, order: Any) -> None:
    error, waiting = failed(), order()
    with pytest.raises(CommandError, match="1 jobs cannot be retried"):
        run("retryjobs", waiting.pk, error.pk)
    assert state(error) == State.PENDING


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Name either ids"),
        (["x"], "'x' is no job id"),
        ([uuid4(), "--failed"], "Name either ids"),
        ([uuid4()], "There is no job"),
        (["--since", "soon"], "'soon' is no time"),
        (["--user", "nobody"], "There is no user 'nobody'"),
    ],
)
def test_it_names_what_is_wrong_with_a_retry(db: None, arguments: list[Any], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run("retryjobs", *arguments)


# -- rescuejobs --------------------------------------------------------------------------------------------------------


def test_it_rescues_jobs_of_lost_workers(order: Any, claim: Claim) -> None:
    job = order()
    claim()
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    out = run("rescuejobs", "--dry-run")
    assert str(job.pk) in out
    assert "Would rescue 1 jobs" in out
    assert state(job) == State.PROCESSING
    assert "Rescued 1 jobs" in run("rescuejobs")
    assert state(job) == State.PENDING
    assert "Rescued 0 jobs" in run("rescuejobs")


# -- prunejobs ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def aged(order: Any, claim: Claim) -> Callable[..., Job]:
    """A job that was made so many days ago."""

    def make(days: int, **values: Any) -> Job:
        job = order()
        attempt.run(claim())
        Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timedelta(days=days), **values)
        return job

    return make


@pytest.mark.django_db(transaction=True)
def test_it_prunes_old_jobs_with_their_files_but_no_favourites(aged: Any, order: Any, settings: Any) -> None:
    old, favourite, young, waiting = aged(100), aged(100, favourite=True), aged(10), order()
    assert "Would delete 1 jobs and 0 folders" in run("prunejobs", "--older-than", "90d", "--dry-run")
    assert Job.objects.count() == 4
    assert "Deleted 1 jobs and 0 folders" in run("prunejobs", "--older-than", "90d")
    assert set(Job.objects.all()) == {favourite, young, waiting}
    assert tracks(settings) == {str(favourite.pk), str(young.pk)}
    assert not Job.objects.filter(pk=old.pk).exists()


def test_it_prunes_jobs_of_one_state(aged: Any, failed: Any) -> None:
    done, error = aged(100), failed()
    Job.objects.filter(pk=error.pk).update(finished_at=timezone.now() - timedelta(days=100))
    run("prunejobs", "--older-than", "90d", "--state", "error")
    assert list(Job.objects.all()) == [done]


def test_it_prunes_in_batches(failed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.management.commands.prunejobs.BATCH", 2)
    for _ in range(5):
        failed()
    assert "Deleted 5 jobs" in run("prunejobs", "--older-than", "0s")


def test_it_removes_folders_that_belong_to_no_job(aged: Any, order: Any, claim: Claim, settings: Any) -> None:
    kept = aged(1)
    order()
    running = claim()
    media = Path(settings.MEDIA_ROOT) / "tracks"
    for name in (str(uuid4()), "notes"):
        (media / name / "1").mkdir(parents=True)
    alive, over = files.work_folder(running.pk, 1), files.work_folder(kept.pk, 1)
    nobodys = files.work_folder(uuid4(), 3)
    foreign = Path(settings.WORK_DIR) / "notes"
    foreign.mkdir()
    assert "Would delete 0 jobs and 3 folders" in run("prunejobs", "--dry-run")
    assert nobodys.exists()
    assert "Deleted 0 jobs and 3 folders" in run("prunejobs")
    assert tracks(settings) == {str(kept.pk), "notes"}
    assert [path.exists() for path in (alive, foreign, over, nobodys)] == [True, True, False, False]


def test_it_prunes_an_empty_site(db: None) -> None:
    assert "Deleted 0 jobs and 0 folders" in run("prunejobs", "--older-than", "1d")


@pytest.mark.parametrize("arguments", [["--older-than", "90"], ["--older-than", "-1d"], ["--state", "pending"]])
def test_it_names_what_is_wrong_with_a_pruning(arguments: list[str]) -> None:
    with pytest.raises(CommandError, match=arguments[0]):
        run("prunejobs", *arguments)


def tracks(settings: Any) -> set[str]:
    return {path.name for path in (Path(settings.MEDIA_ROOT) / "tracks").iterdir()}


# -- all ---------------------------------------------------------------------------------------------------------------


def test_it_describes_every_command_in_one_sentence() -> None:
    ours = [name for name, app in get_commands().items() if app == "jobs"]
    assert {"generate", "prunejobs", "rescuejobs", "retryjobs", "soundfont", "up", "worker"} <= set(ours)
    for name in ours:
        text = load_command_class("jobs", name).help
        assert text.endswith(".")
        assert ". " not in text


@pytest.mark.parametrize("shares", [False, True])
def test_a_port_that_is_taken_is_named(shares: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "PORT_SECONDS", 0.2)
    with socket.socket() as other:
        if shares:  # as granian's, which lets others listen beside it
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match=f"127.0.0.1:{port}: .*in use.* PORT chooses another"):
            ports.wait_for_port("127.0.0.1", port)
    ports.wait_for_port("127.0.0.1", port)


def test_the_web_server_refuses_a_port_on_which_something_answers(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "PORT_SECONDS", 0)
    monkeypatch.setattr("os.execv", lambda *command: pytest.fail("it was started"))
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match=f"127.0.0.1:{port}: .*in use"):
            run("web", "--port", str(port))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.10", "music.example.org"])
def test_a_site_for_others_needs_its_address(settings: Any, host: str) -> None:
    settings.SITE_URL = ""
    with pytest.raises(CommandError, match="MUSICSITE_URL"):
        run("up", "--host", host)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.0.0.2", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False)],
)
def test_it_knows_who_comes_to_an_address(host: str, loopback: bool) -> None:
    assert ports.is_loopback(host) is loopback


# -- worker ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)  # the supervisor begins without a connection
def test_a_worker_fills_what_an_earlier_version_wrote_meanwhile(order: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    job = order(title="Track 9")
    Job.objects.filter(pk=job.pk).update(title_key=None, search_text=None)
    monkeypatch.setattr("jobs.worker.supervisor.Supervisor.run", lambda supervisor: None)
    run("worker")
    job.refresh_from_db()
    assert job.title_key == "track 0019"

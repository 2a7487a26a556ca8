import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.utils import timezone

from jobs import queue, storage, tasks
from jobs.models import Job, State
from jobs.music import piece, soundfont
from jobs.music.errors import SoundfontMissing

Claim = Callable[[], Job]


def run(*args: Any) -> str:
    """What a command writes to stdout, called as from the command line."""
    out = io.StringIO()
    call_command(*map(str, args), stdout=out, stderr=io.StringIO())
    return out.getvalue()


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
    queue.cancel(cancelled)
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
        tasks.run(claim())
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
    alive, over = storage.work_folder(running.pk, 1), storage.work_folder(kept.pk, 1)
    nobodys = storage.work_folder(uuid4(), 3)
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


# -- generate ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def composer(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A composer that writes the name of each output into its file; the list tells how it was called."""
    calls: list[dict[str, Any]] = []

    def make(brief: Any, seed: int, folder: Path, progress: Any, *, outputs: Any, **rest: Any) -> Any:
        calls.append({"brief": brief, "seed": seed, **rest})
        progress("rendering", 0.5)
        files = {kind: folder / piece.NAMES[kind] for kind in outputs}
        for kind, path in files.items():
            path.write_text(kind)
        return SimpleNamespace(files=files, duration=brief.duration, loudness=-14.0)

    monkeypatch.setattr(piece, "make", make)
    return calls


def test_it_generates_files_without_a_database(tmp_path: Path, composer: Any) -> None:
    prompt = "calm lo-fi piano, 80 bpm, A minor, 60 seconds"
    out = run("generate", prompt, "-o", tmp_path / "song.mp3", "-o", tmp_path / "song.MID", "--seed", "7")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"song.mp3": "mp3", "song.MID": "midi"}
    assert composer[0]["seed"] == 7
    for text in ("lofi", "80 bpm", "A minor", "60 s", "seed 7", "song.mp3"):
        assert text in out


def test_it_says_what_it_had_to_assume(tmp_path: Path, composer: Any) -> None:
    out = run("generate", "a song for my cat, tempo 90", "-o", tmp_path / "song.mp3")
    assert "You named no style" in out
    assert "style (from the " in out
    assert "tempo (from" not in out


def test_it_lets_options_win_over_words(tmp_path: Path, composer: Any) -> None:
    song = tmp_path / "a.flac"
    run("generate", "piano, 80 bpm", "-o", song, "--tempo", "100", "--title", "Nap", "--soundfont", "x.sf2")
    assert (composer[0]["brief"].tempo, composer[0]["brief"].title) == (100, "Nap")
    assert composer[0]["soundfont"] == Path("x.sf2")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["piano", "-o", "{}/no/song.mp3"], "does not exist"),
        (["piano", "-o", "{}"], "give it an ending"),
        (["piano", "-o", "{}/folder.mp3"], "is a folder"),
        (["piano", "-o", "{}/song.ogg"], "out of .*mp3"),
        (["piano", "-o", "{}/song.mp3", "-o", "{}/song"], "give it an ending"),
        (["  ", "-o", "{}/song.mp3"], "in a few words"),
        (["piano", "-o", "{}/song.mp3", "--tempo", "999"], "--tempo: "),
        (["piano", "-o", "{}/song.mp3", "--tempo", "nan"], "--tempo: "),
        (["piano", "-o", "{}/song.mp3", "--seed", "-1"], "--seed"),
        (["piano", "-o", "{}/song.mp3", "--seed", "x"], "--seed"),
        (["piano", "-o", "{}/song.mp3", "--mode", "sad"], "--mode"),
        (["piano"], "--output"),
    ],
)
def test_it_names_what_is_wrong_with_an_order(
    arguments: list[str], words: str, tmp_path: Path, composer: list[Any]
) -> None:
    (tmp_path / "folder.mp3").mkdir()
    with pytest.raises(CommandError, match=words):
        run("generate", *(argument.format(tmp_path) for argument in arguments))
    assert not composer
    assert not list(tmp_path.glob("*song*"))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (SoundfontMissing("There is no SoundFont x.sf2."), r"no SoundFont x.sf2. \(soundfont_missing\)"),
        (OSError(28, "No space left on device", "/x"), "/x: No space left"),
        (KeyboardInterrupt(), "Stopped"),
    ],
)
def test_it_says_why_nothing_was_made(
    error: BaseException, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(*args: Any, **rest: Any) -> None:
        raise error

    monkeypatch.setattr(piece, "make", make)
    with pytest.raises(CommandError, match=words):
        run("generate", "piano", "-o", tmp_path / "song.mp3")
    assert not list(tmp_path.iterdir())


def test_it_shows_how_far_it_is_where_somebody_watches(tmp_path: Path, composer: Any) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    watched = Terminal()
    call_command("generate", "piano", "-o", str(tmp_path / "a.mp3"), stdout=io.StringIO(), stderr=watched)
    assert " 50% rendering" in watched.getvalue()
    assert watched.getvalue().endswith("\r\033[K")


# -- soundfont ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A sound bank that is found, where none can be fetched."""
    path = tmp_path / "small.sf2"
    path.write_bytes(bytes(3_000_000))
    monkeypatch.setattr(soundfont, "find", lambda explicit, cache: soundfont.Bank(path, "Small"))
    monkeypatch.setattr(soundfont, "obtain", lambda cache: None)
    return path


def test_it_says_which_sounds_are_used(bank: Path) -> None:
    assert run("soundfont") == f"Small (3 MB): {bank}\n"


def test_it_fetches_sounds_only_if_told_and_fails_quietly_if_told(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="could not be fetched"):
        run("soundfont", "--fetch")
    assert "Small" in run("soundfont", "--fetch", "--if-possible")

    def unwritable(cache: Path) -> Path:
        raise PermissionError(13, "Permission denied", str(cache))

    monkeypatch.setattr(soundfont, "obtain", unwritable)
    with pytest.raises(CommandError, match="Permission denied"):
        run("soundfont", "--fetch")
    assert "Small" in run("soundfont", "--fetch", "--if-possible")


def test_it_says_that_there_are_no_sounds(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(explicit: Path | None, cache: Path) -> soundfont.Bank:
        raise SoundfontMissing("There is no SoundFont x.sf2.")

    monkeypatch.setattr(soundfont, "find", missing)
    with pytest.raises(CommandError, match="no SoundFont x.sf2"):
        run("soundfont")


# -- all ---------------------------------------------------------------------------------------------------------------


def test_it_describes_every_command_in_one_sentence() -> None:
    ours = [name for name, app in get_commands().items() if app == "jobs"]
    assert {"generate", "prunejobs", "rescuejobs", "retryjobs", "soundfont", "up", "worker"} <= set(ours)
    for name in ours:
        text = load_command_class("jobs", name).help
        assert text.endswith(".")
        assert ". " not in text

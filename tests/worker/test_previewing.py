"""A preview as a worker makes it: before any job, and without a trace where nobody waits for it any more."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from jobs import generators
from jobs.generators.base import GeneratorError, Heard, Order, Progress
from jobs.generators.composer import Composer
from jobs.models import Job, Preview, State
from jobs.models.errors import INTERNAL, TIMEOUT
from jobs.queue import orders, previews
from jobs.worker import previewing, tasks
from tests import loop
from tests.making import composed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def track(user: User, settings: Any, tmp_path: Path) -> Job:
    options = {**settings.GENERATORS["composer"]["OPTIONS"], "stems": str(tmp_path / "stems")}
    settings.GENERATORS = {**settings.GENERATORS, "composer": {**settings.GENERATORS["composer"], "OPTIONS": options}}
    return composed(orders.submit(user, "solo piano", {"duration": 6, "seed": 5, "generator": "composer"}))


def left(settings: Any) -> list[Path]:
    """Files of previews, wherever they may be."""
    found = [path for root in (settings.MEDIA_ROOT, settings.WORK_DIR) for path in root.rglob("*") if path.is_file()]
    return [path for path in found if "preview" in str(path)]


def engine(monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    """Let ``act`` be done in the place of the composer."""

    def preview(self: Any, order: Order, section: int, progress: Progress) -> Heard:
        act()
        previewing.LOOK = -1.0
        (order.folder / "preview.flac").write_bytes(b"fLaC")
        progress("rendering", 0.5)
        return Heard(order.folder / "preview.flac", "audio/flac", 0.0, 0.0, 1.0, 1)

    monkeypatch.setattr(previewing, "LOOK", 0.2)
    monkeypatch.setattr(Composer, "preview", preview)


def test_it_is_made_before_any_job_and_can_be_heard(track: Job, user: User, settings: Any) -> None:
    previews.order(track, None)
    tasks.work()
    preview = Preview.objects.get()
    assert (preview.state, preview.error_message) == (State.DONE, "")
    assert left(settings) == [settings.MEDIA_ROOT / preview.file["name"]]
    assert left(settings)[0].read_bytes()[:4] == b"fLaC"
    assert {name: preview.file[name] for name in ("type", "start", "lead")} == {
        "type": "audio/flac", "start": 0.0, "lead": 0.0,
    }  # fmt: skip


def test_jobs_wait_for_it(track: Job, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(tasks, "run", lambda job: made.append("job") or Job.objects.filter(pk=job.pk).delete())
    monkeypatch.setattr(previewing, "run", lambda preview: made.append("preview"))
    orders.submit(user, "solo piano", {"generator": "composer"})
    previews.order(track, None)
    tasks.work()
    assert made == ["preview", "job"]


def test_a_job_that_runs_makes_way(track: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    engine(monkeypatch, lambda: None)
    told: list[tuple[str, float | None]] = []
    progress = previewing.making_way(lambda *how: told.append(how))
    previews.order(track, None)
    monkeypatch.setattr(previewing, "LOOK", 3600.0)
    progress("rendering", 0.1)
    assert Preview.objects.get().state == State.PENDING  # one does not look all the time
    monkeypatch.setattr(previewing, "LOOK", -1.0)
    progress("rendering", 0.2)
    assert Preview.objects.get().state == State.DONE
    assert told == [("rendering", 0.1), ("rendering", 0.2), ("rendering", 0.2)]


def test_an_engine_that_waits_in_an_event_loop_makes_way_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Django asks no database in the loop itself."""
    looked: list[int] = []
    monkeypatch.setattr(previewing, "LOOK", -1.0)
    monkeypatch.setattr(previewing, "_runs_one", lambda: bool(looked.append(Preview.objects.count())))

    async def generate() -> None:
        previewing.making_way(lambda *how: None)("rendering", 0.1)

    loop.run(generate())
    assert looked == [0]


def test_one_that_is_superseded_ends_and_leaves_nothing(
    track: Job, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered: list[int] = []

    def once_more() -> None:
        if not ordered:
            ordered.append(previews.order(track, None).number)

    engine(monkeypatch, once_more)
    previews.order(track, None)
    tasks.work()
    preview = Preview.objects.get()
    assert (preview.number, preview.state) == (2, State.DONE)
    assert left(settings) == [settings.MEDIA_ROOT / preview.file["name"]]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (GeneratorError("soundfont_missing", "There is none."), "soundfont_missing"),
        (OSError(28, "No space left on device"), "disk_full"),
        (MemoryError(), "out_of_memory"),
        (RuntimeError("a bug"), INTERNAL),
    ],
)
def test_it_says_how_it_failed_and_can_be_ordered_again(
    track: Job, settings: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    failing = [error]

    def fail() -> None:
        while failing:
            raise failing.pop()

    engine(monkeypatch, fail)
    previews.order(track, None)
    tasks.work()
    assert (Preview.objects.get().state, Preview.objects.get().error_code) == (State.ERROR, code)
    assert left(settings) == []
    previews.order(track, None)
    tasks.work()
    assert (Preview.objects.get().state, Preview.objects.get().error_code) == (State.DONE, "")


def test_it_takes_no_longer_than_its_lease(track: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "LEASE", -previewing.LEASE)
    engine(monkeypatch, lambda: None)
    previews.order(track, None)
    tasks.work()
    assert Preview.objects.get().error_code == TIMEOUT


def test_the_track_may_go_meanwhile(track: Job, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine(monkeypatch, lambda: Job.objects.filter(pk=track.pk).delete())
    previews.order(track, None)
    tasks.work()
    assert (Preview.objects.count(), left(settings)) == (0, [])


def test_what_a_dead_worker_left_goes_with_time(track: Job, settings: Any) -> None:
    folder = settings.WORK_DIR / f"{track.pk}-7-preview"
    folder.mkdir(parents=True)
    previews.expire()
    assert folder.exists()
    os.utime(folder, (0, 0))
    previews.expire()
    assert not folder.exists()


def test_engines_that_make_pieces_as_a_whole_say_so() -> None:
    with pytest.raises(GeneratorError) as refusal:
        generators.base.Generator.preview(None, None, 0, None)  # type: ignore[arg-type]
    assert refusal.value.code == "not_editable"

"""What has to hold when the dust has settled: from the database, the files and the execution log, none of which is
believed alone. Each function returns violations in words."""

from __future__ import annotations

import contextlib
import io
import signal
import wave
from collections import Counter
from pathlib import Path

import psutil
import soundfile
from django.conf import settings

from jobs.models import Attempt, Job, State, WorkerHost
from jobs.worker.supervisor import TIDY
from tests.faults.engines import read_name
from tests.faults.load import Accepted
from tests.faults.scene import Scene, alive, look, wait_for

# What a job may end with here; engine faults say what they expect of theirs.
CODES = {
    "internal_error", "timeout", "worker_lost", "out_of_memory", "overloaded", "storage_failed", "disk_full",
    "cancelled",
}  # fmt: skip


def audit(scene: Scene) -> list[str]:
    """Let everything end, look, repair the engines, retry what failed, stop the site, look again."""
    scene.crowd.pause()
    wait_for(lambda: not look(lambda: Job.objects.unfinished().exists()), 120, "the queue is drained")
    accepted = [one for person in (scene.probe, *scene.crowd.people) for one in person.accepted.values()]
    found = [
        *(f"the key {key} gave two jobs" for person in (scene.probe, *scene.crowd.people) for key in person.twice),
        *scene.crowd.failures,
        *_counts(accepted),
        *_ends(accepted),
        *_attempts(),
        *_overlaps(scene),
        *_retries(scene, accepted),
        *_files(accepted),
    ]
    return [*found, *_leftovers(scene)]


def _counts(accepted: list[Accepted]) -> list[str]:
    known, stored = {one.job for one in accepted}, {str(pk) for pk in Job.objects.values_list("pk", flat=True)}
    return [f"job {job} was accepted and is not there" for job in known - stored] + [
        f"job {job} is there and was never accepted" for job in stored - known
    ]


def _ends(accepted: list[Accepted]) -> list[str]:
    jobs = {str(job.pk): job for job in Job.objects.all()}
    found = []
    for one in accepted:
        job = jobs.get(one.job)
        if job and job.state == State.ERROR and (job.error_code not in CODES or not job.error_retryable):
            found.append(f"job {one.job} ended with {job.error_code!r}, retryable: {job.error_retryable}")
        if job and job.error_code == "cancelled" and not one.cancelled:
            found.append(f"job {one.job} was cancelled by nobody")
    return found


def _attempts() -> list[str]:
    """The database's own account: attempts one after the other, and the result is of the latest."""
    found = []
    for job in Job.objects.prefetch_related("attempts"):
        attempts = list(job.attempts.all())
        numbers = [attempt.number for attempt in attempts]
        if numbers != list(range(1, job.attempt + 1)):
            found.append(f"job {job.pk} has attempts {numbers}, and says {job.attempt}")
        if running := [a.number for a in attempts if a.outcome == Attempt.Outcome.RUNNING]:
            found.append(f"job {job.pk}: attempts {running} never ended")
        done = [a.number for a in attempts if a.outcome == Attempt.Outcome.DONE]
        if done != ([job.attempt] if job.state == State.DONE else []):
            found.append(f"job {job.pk} is {job.state} in attempt {job.attempt}; done are {done}")
        for file in job.files.values():
            if not file["name"].startswith(f"tracks/{job.pk}/{job.attempt}/"):
                found.append(f"job {job.pk}: {file['name']} is not of attempt {job.attempt}")
    return found


def _overlaps(scene: Scene) -> list[str]:
    """The engines' own account. Only a frozen machine's may overlap: nobody can end those."""
    events = scene.journal.events()
    frozen = {(event.job, event.attempt + 1) for event in events if event.what == "thaw"}
    found = [
        f"job {event.job}: attempt {event.attempt} ran beside an earlier one"
        for event in events
        if event.what == "overlap" and (event.job, event.attempt) not in frozen
    ]
    attempts = {(str(pk), number) for pk, number in Attempt.objects.values_list("job_id", "number")}
    for event in events:
        if event.what == "begin" and (event.job, event.attempt) not in attempts:
            found.append(f"job {event.job}: attempt {event.attempt} ran without a claim")
    begun = Counter((event.job, event.attempt) for event in events if event.what == "begin")
    return found + [f"job {job}: attempt {number} ran twice" for (job, number), times in begun.items() if times > 1]


def _retries(scene: Scene, accepted: list[Accepted]) -> list[str]:
    """With the engines repaired, a retry of everything that failed gives a track."""
    scene.journal.repair()
    failed = {str(pk) for pk in Job.objects.filter(state=State.ERROR).values_list("pk", flat=True)}
    found = []
    for one in accepted:
        if one.job in failed:
            status, body = one.person.call("POST", f"/api/music/{one.job}/retry")
            if status != 202 and status != 200:
                found.append(f"the retry of job {one.job} answered {status}: {body[:200]!r}")
    wait_for(lambda: not look(lambda: Job.objects.unfinished().exists()), 180, "the retried jobs end")
    left = Job.objects.exclude(state=State.DONE).values_list("pk", "error_code")
    return found + [f"job {pk} ended with {code!r} after its retry" for pk, code in left]


def _files(accepted: list[Accepted]) -> list[str]:
    """Everybody can play everything of their own, and it is what the last attempt made."""
    attempts = {str(pk): attempt for pk, attempt in Job.objects.values_list("pk", "attempt")}
    found = []
    for one in accepted:
        status, body = one.person.call("GET", f"/tracks/{one.job}/audio")
        if status != 200:
            found.append(f"the audio of job {one.job} answered {status}")
            continue
        try:
            if one.engine == "composer":
                sound, rate = soundfile.read(io.BytesIO(body))
                if len(sound) < 5 * rate:
                    found.append(f"job {one.job} plays for {len(sound) / rate:.1f} s only")
            elif (name := read_name(io.BytesIO(body))) != f"{one.job}/{attempts[one.job]}":
                found.append(f"job {one.job}: attempt {attempts[one.job]} has the audio of {name}")
        except (wave.Error, EOFError, soundfile.LibsndfileError) as error:
            found.append(f"the audio of job {one.job} cannot be played: {error!r}")
    return found


def _leftovers(scene: Scene) -> list[str]:
    """Stopped, the site leaves no lease, no process and no file that belongs to nobody."""
    found = []
    work = Path(settings.WORK_DIR)
    with contextlib.suppress(TimeoutError):
        wait_for(lambda: not list(work.iterdir()), TIDY + 3, "the supervisor has tidied up")
    if leased := list(Job.objects.leased().values_list("pk", flat=True)):
        found.append(f"leases are left: {leased}")
    if (code := scene.site.stop(signal.SIGTERM)) != 0:
        found.append(f"the site ended with code {code}")
    if left := alive(scene.processes()):
        found.append(f"processes are left: {', '.join(left)}")
    if hosts := list(look(lambda: WorkerHost.objects.values_list("host", "pid"))):
        found.append(f"hosts are left: {hosts}")
    children = {event.pid for event in scene.journal.events() if event.what == "child"}
    found += [f"process {pid} of an engine is left" for pid in children if psutil.pid_exists(pid)]
    jobs = look(lambda: list(Job.objects.values_list("files", flat=True)))
    owned = {file["name"] for files in jobs for file in files.values()}
    media = Path(settings.MEDIA_ROOT)
    there = {str(path.relative_to(media)) for path in media.rglob("*") if path.is_file()}
    found += [f"nobody's file: media/{name}" for name in sorted(there - owned)]
    found += [f"a file is lost: media/{name}" for name in sorted(owned - there)]
    found += [f"nobody's folder: work/{path.name}" for path in work.iterdir()]
    temporary = scene.folder / "tmp"
    return found + [f"a temporary file is left: {path.name}" for path in temporary.iterdir()]

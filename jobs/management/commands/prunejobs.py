import contextlib
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand
from django.utils import timezone

from jobs.management.arguments import span
from jobs.models import Job, JobQuerySet, State
from jobs.models.errors import CANCELLED, IllegalTransition
from jobs.queue import sweep, transitions
from jobs.storage import files

T = TypeVar("T")

BATCH = 500  # rows


class Command(BaseCommand):
    help = "Deletes old jobs with their tracks, but never a favourite, and the folders that belong to no job."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--older-than", type=span, metavar="AGE", help="jobs that ended longer ago: 90d, 12w (default: none)"
        )
        parser.add_argument("--state", choices=["done", "error"], help="only jobs that ended so")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")

    def handle(
        self, *args: Any, older_than: timedelta | None, state: str | None, dry_run: bool, **options: Any
    ) -> None:
        jobs = Job.objects.none() if older_than is None else ended_before(older_than, state)
        deleted = jobs.count() if dry_run else delete(jobs)
        tracks, work, kept_orphans = list(orphaned_tracks()), sweep.leftovers(), list(orphaned_kept())
        if not dry_run:
            for job in tracks:
                files.remove_job(job)
            for job, attempt in work:
                sweep.tidy(job, attempt)
            for job in kept_orphans:
                files.drop_kept(job)
        verb = "Would delete" if dry_run else "Deleted"
        folders = len(tracks) + len(work) + len(kept_orphans)
        self.stdout.write(f"{verb} {deleted} jobs and {folders} folders that belong to none.")


def ended_before(age: timedelta, state: str | None) -> JobQuerySet:
    """Jobs that ended longer than ``age`` ago, as "done" or "error" (None: either), and are nobody's favourite.

    Their exports go with them.
    """
    jobs = Job.objects.tracks().filter(finished_at__lt=timezone.now() - age, favourite=False)
    return jobs.filter(state=State(state)) if state else jobs


def delete(jobs: JobQuerySet) -> int:
    """Delete each job with its files, and return how many; those that are none of ``jobs`` any more stay."""
    deleted = 0
    while batch := list(jobs.order_by("finished_at")[:BATCH]):
        for job in batch:
            with contextlib.suppress(IllegalTransition):
                transitions.purge(job, jobs)
                deleted += 1
    return deleted


def orphaned_tracks() -> Iterator[UUID]:
    """Ids of jobs that have files in the storage and no row."""
    try:
        names, _files = default_storage.listdir("tracks")
    except FileNotFoundError:
        return
    # Listed before the rows are read: a row is always older than its folder.
    for ids in _batches([job for name in names if (job := _uuid(name))]):
        yield from set(ids) - set(Job.objects.filter(pk__in=ids).values_list("pk", flat=True))


def orphaned_kept() -> Iterator[UUID]:
    """Ids of jobs of which an engine keeps something on this machine, and which are done, cancelled or gone."""
    kept = [job for path in Path(settings.WORK_DIR).glob("*-kept") if (job := _uuid(path.name[:36]))]
    for ids in _batches(kept):
        resumable = Job.objects.filter(pk__in=ids).exclude(state=State.DONE).exclude(error_code=CANCELLED)
        yield from set(ids) - set(resumable.values_list("pk", flat=True))


def _batches(items: list[T]) -> Iterator[list[T]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))


def _uuid(text: str) -> UUID | None:
    """None for a folder that is none of ours."""
    with contextlib.suppress(ValueError):
        return UUID(text)
    return None

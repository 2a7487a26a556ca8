from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from jobs.management.arguments import find_user, job_id, moment, words
from jobs.models import Job, JobQuerySet, State
from jobs.models.errors import CANCELLED, IllegalTransition
from jobs.queue import transitions


class Command(BaseCommand):
    help = "Orders failed jobs again: by their ids, or all that the options describe."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("ids", nargs="*", type=job_id, metavar="ID", help="jobs to retry, whatever they ended with")
        parser.add_argument("--failed", action="store_true", help="all that failed; those that were cancelled did not")
        parser.add_argument("--code", type=words, help="only those with this error code")
        parser.add_argument("--since", type=moment, help="only those that ended since then: 2h, 3d or an ISO date")
        parser.add_argument("--user", type=words, help="only those of this user name")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be retried")

    def handle(
        self,
        *args: Any,
        ids: Sequence[UUID],
        failed: bool,
        code: str | None,
        since: datetime | None,
        user: str | None,
        dry_run: bool,
        **options: Any,
    ) -> None:
        described = failed or code or since or user
        if bool(ids) == bool(described):
            raise CommandError("Name either ids, or what to retry: --failed, --code, --since, --user.")
        jobs = known(ids) if ids else described_by(code, since, user)
        refused = retried = 0
        for pk in list(jobs.order_by("turn", "created_at").values_list("pk", flat=True)):
            job = Job.objects.filter(pk=pk).first()
            if job is None:
                continue  # deleted since
            line = f"{job.pk}  {job.error_code or job.state}  {job}"
            try:
                if dry_run:
                    _may_retry(job)
                else:
                    transitions.retry(job, operator=True)
            except IllegalTransition:
                refused += 1
                self.stderr.write(f"{line}: cannot be retried")
            else:
                retried += 1
                self.stdout.write(line)
        self.stdout.write(f"{'Would retry' if dry_run else 'Retried'} {retried} jobs.")
        if refused:
            raise CommandError(f"{refused} jobs cannot be retried.")


def known(ids: Sequence[UUID]) -> JobQuerySet:
    """The jobs of these ids; raise CommandError naming those that do not exist."""
    jobs = Job.objects.filter(pk__in=ids)
    if unknown := set(ids) - set(jobs.values_list("pk", flat=True)):
        raise CommandError(f"There is no job {', '.join(sorted(map(str, unknown)))}; nothing was retried.")
    return jobs


def described_by(code: str | None, since: datetime | None, user: str | None) -> JobQuerySet:
    """Jobs that ended in an error which a retry may mend: with this code, since then, of this user name (None: any).

    Without a code, cancelled ones are not among them. Raise CommandError where there is no such user.
    """
    jobs = Job.objects.filter(state=State.ERROR, error_retryable=True)
    jobs = jobs.filter(error_code=code) if code else jobs.exclude(error_code=CANCELLED)
    if since:
        jobs = jobs.filter(finished_at__gte=since)
    if user:
        jobs = jobs.owned_by(find_user(user))
    return jobs


def _may_retry(job: Job) -> None:
    if job.state != State.ERROR or not job.error_retryable:
        raise IllegalTransition("retry", job.state)

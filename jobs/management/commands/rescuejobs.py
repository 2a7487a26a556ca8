from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from jobs import generators
from jobs.models import Job
from jobs.queue import sweep


class Command(BaseCommand):
    help = "Takes jobs back from workers that are gone, as running workers do every second, and wakes the workers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be rescued")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        if dry_run:
            self._tell()
            return
        swept = [sweep.sweep(lane) for lane in sorted({generators.lane_of(alias) for alias in generators.aliases()})]
        rescued, due, woken = (
            sum(getattr(lane_sweep, name) for lane_sweep in swept) for name in ("rescued", "due", "woken")
        )
        self.stdout.write(f"Rescued {rescued} jobs, ended the back-off of {due}, replaced {woken} lost wake-ups.")

    def _tell(self) -> None:
        now = timezone.now()
        lost = list(Job.objects.overdue(now))
        for job in lost:
            self.stdout.write(f"{job.pk}  attempt {job.attempt} on {job.lease_host}, process {job.lease_pid}  {job}")
        due = Job.objects.filter(not_before__lte=now).count()
        self.stdout.write(f"Would rescue {len(lost)} jobs and end the back-off of {due}.")

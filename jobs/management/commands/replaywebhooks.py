from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from jobs.management.arguments import job_id, moment
from jobs.models import Delivery


class Command(BaseCommand):
    help = "Sends webhooks again: by the ids of their deliveries, or all that were given up."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("ids", nargs="*", type=job_id, metavar="ID", help="deliveries to send again")
        parser.add_argument("--failed", action="store_true", help="all that were given up")
        parser.add_argument("--since", type=moment, help="with --failed, only those that ended since then: 2h, 3d")

    def handle(self, *args: Any, ids: Sequence[UUID], failed: bool, since: datetime | None, **options: Any) -> None:
        if bool(ids) == failed or (since and not failed):
            raise CommandError("Name either ids, or --failed and, if you like, --since.")
        deliveries = (
            Delivery.objects.filter(state=Delivery.State.FAILED) if failed else Delivery.objects.filter(pk__in=ids)
        )
        if since:
            deliveries = deliveries.filter(ended_at__gte=since)
        if ids and (unknown := set(ids) - set(deliveries.values_list("pk", flat=True))):
            raise CommandError(f"There is no delivery {', '.join(sorted(map(str, unknown)))}; nothing is sent again.")
        self.stdout.write(f"Sending {deliveries.replay()} again.")

"""Closing an account by its owner: everything that it has goes with it, see ``signals``."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Q, Sum

from jobs.models import Job


@dataclass(frozen=True, slots=True)
class Belongings:
    """What goes with an account."""

    tracks: int  # finished, in the bin or not
    unfinished: int
    size: int  # bytes of all files


def belongings(user: User) -> Belongings:
    """What ``user`` has, the bin included."""
    jobs = Job.objects.anywhere_of(user).order_by()
    done = Q(state="done", export_of=None)
    unfinished = Q(finished_at=None)
    figures = jobs.aggregate(Sum("size"), tracks=Count("pk", filter=done), unfinished=Count("pk", filter=unfinished))
    return Belongings(figures["tracks"], figures["unfinished"], figures["size__sum"] or 0)


def close(user: User) -> None:
    """Delete the account with its sessions, jobs and files. What is being made for it loses its job, and stops.

    The lock keeps an order of another tab from coming in between, which would leave a job without an owner.
    """
    with transaction.atomic():
        for account in User.objects.select_for_update().filter(pk=user.pk):
            account.delete()

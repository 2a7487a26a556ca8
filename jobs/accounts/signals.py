"""What goes with an account: its sessions, and the jobs and files of one that is closed."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.db.models.signals import post_save, pre_delete
from django.dispatch import receiver
from django.http import HttpRequest

from jobs.accounts.sessions import note_browser
from jobs.accounts.throttle import forget_guesses
from jobs.models import Delivery, Job, Token
from jobs.models.errors import IllegalTransition
from jobs.models.session import end_sessions_of
from jobs.queue import previews, transitions
from jobs.storage import files


@receiver(user_logged_in)
def _logged_in(sender: Any, request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    if request is None:
        return
    note_browser(request)
    if request.method == "POST":
        forget_guesses(request)


@receiver(post_save, sender=User)
def _deactivated(sender: Any, instance: User, created: bool, **kwargs: Any) -> None:
    """Whoever may not come in any more has nothing made either: not what waits, and not what is being made."""
    if instance.is_active or created:
        return
    end_sessions_of(instance)
    Token.objects.filter(owner=instance).revoke()
    previews.drop(instance)
    with transaction.atomic():
        unfinished = Job.objects.owned_by(instance).unfinished()
        unfinished.lock(to_delete=False)
        for job in unfinished:
            with contextlib.suppress(IllegalTransition):  # ordered after the lock, and ended already
                transitions.cancel(job)


@receiver(pre_delete, sender=User)
def _deleted(sender: Any, instance: User, **kwargs: Any) -> None:
    """The rows go with the user's; the files once that is certain. A worker that has one of the jobs loses it.

    What deletes the user has read which rows go with it before: whatever was ordered since is found here, and nobody
    orders any more once the user's row is locked.
    """
    list(User.objects.select_for_update().filter(pk=instance.pk).values_list("pk"))
    end_sessions_of(instance)
    jobs = Job.objects.anywhere_of(instance)
    ids = jobs.lock(to_delete=True)
    jobs.let_go()
    jobs.delete()
    Delivery.objects.filter(owner=instance).delete()
    Token.objects.filter(owner=instance).delete()
    transaction.on_commit(partial(_remove_files, ids))


def _remove_files(jobs: list[UUID]) -> None:
    for job in jobs:
        files.remove_job(job)

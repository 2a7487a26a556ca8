"""What a job is doing, in words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jobs.models import Job, State
from jobs.progress.snapshot import Snapshot

STAGES: dict[str, Promise] = {
    "starting": _("Starting"),
    "composing": _("Composing"),
    "generating": _("Making the sound"),
    "rendering": _("Playing the instruments"),
    "mixing": _("Mixing"),
    "mastering": _("Mastering"),
    "encoding": _("Encoding"),
    "storing": _("Storing the track"),
}
_WAITING = _("Waiting for its turn")
_AGAIN = _("Waiting to try again")


def stage_label(job: Job | Snapshot) -> str | Promise:
    """The stage of a job that is being made, what it waits for before, and its state after."""
    if job.state == State.PENDING:
        return _AGAIN if job.not_before else _WAITING
    if job.state == State.PROCESSING:
        return STAGES.get(job.stage or "starting", STAGES["starting"])
    return State(job.state).label

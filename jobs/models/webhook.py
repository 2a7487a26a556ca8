"""What programs want to be told of a job, and what was or will be told: rows that outlive processes and outages."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.models.text import LONGEST_URL

STARTED, PROGRESS, DONE, ERROR = "started", "progress", "done", "error"
EVENTS = (STARTED, PROGRESS, DONE, ERROR)
UNASKED = (DONE, ERROR)  # where no events are named


class Webhook(models.Model):
    """Where to tell of a job, of which events, and what of it was told."""

    job = models.OneToOneField("jobs.Job", models.CASCADE, related_name="webhook", primary_key=True)
    token = models.ForeignKey("jobs.Token", models.CASCADE, related_name="+")  # whose secret signs
    url = models.CharField(max_length=LONGEST_URL)
    events = models.CharField(max_length=40)  # words of EVENTS with blanks between them
    of_token = models.BooleanField(default=False, db_default=False)  # the order named none, and the token has one
    is_open = models.BooleanField(default=True)  # the job's end was not told yet
    has_started = models.BooleanField(default=False)  # its start was told
    progress = models.PositiveSmallIntegerField(null=True)  # percent, as told last
    progress_at = models.DateTimeField(null=True)  # when

    class Meta:
        indexes = [models.Index(fields=("job",), name="webhook_open", condition=Q(is_open=True))]

    def __str__(self) -> str:
        return f"{self.url} ({self.events})"

    def wants(self, event: str) -> bool:
        """Whether ``event`` is to be told."""
        return event in self.events.split()


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def waiting(self) -> DeliveryQuerySet:
        """Deliveries that are still tried."""
        return self.filter(due_at__isnull=False)

    def due(self) -> DeliveryQuerySet:
        """Deliveries that are to be tried now, the longest due first."""
        return self.filter(due_at__lte=timezone.now()).order_by("due_at")

    def give_up(self, problem: str) -> int:
        """Try these no more, for that reason; returns how many were still tried."""
        now = timezone.now()
        return self.waiting().update(state=Delivery.State.FAILED, due_at=None, ended_at=now, problem=problem)

    def replay(self) -> int:
        """Try these again from now on, for another day, delivered ones too; returns of how many.

        The receiver knows them again by their ids.
        """
        now = timezone.now()
        fresh = {"state": Delivery.State.WAITING, "due_at": now, "since": now, "tries": 0, "ended_at": None}
        return self.update(**fresh)


class Delivery(models.Model):
    """One message to a receiver. It stays when its job is gone for good, and goes with its owner."""

    class State(models.TextChoices):
        """Whether it has arrived."""

        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Given up")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("owner"), db_index=False
    )
    token = models.ForeignKey("jobs.Token", models.CASCADE, related_name="+")
    job_id = models.UUIDField()  # no foreign key: it may be gone
    url = models.CharField(_("receiver"), max_length=LONGEST_URL)
    host = models.CharField(max_length=255)
    event = models.CharField(_("event"), max_length=10)
    body = models.TextField()
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    since = models.DateTimeField(default=timezone.now)  # of the day for which it is tried
    due_at = models.DateTimeField(_("next try"), null=True, default=timezone.now)  # None: it has ended
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    status = models.PositiveSmallIntegerField(_("answer"), null=True)  # of the last try, by HTTP
    problem = models.CharField(_("problem"), max_length=200, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        indexes = [
            models.Index(fields=("due_at",), name="delivery_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=("owner", "created_at"), name="delivery_owner"),
            models.Index(fields=("created_at",), name="delivery_age"),
        ]
        constraints = [
            models.CheckConstraint(
                name="delivery_ended",
                condition=Q(state="waiting", due_at__isnull=False, ended_at=None)
                | (~Q(state="waiting") & Q(due_at=None, ended_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"job.{self.event} → {self.host}"


def words_of(events: Iterable[str]) -> str:
    """The events as they are kept."""
    return " ".join(event for event in EVENTS if event in events)

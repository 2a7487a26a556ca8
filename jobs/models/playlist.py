"""Playlists: tracks of one person in an order of theirs."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.models.job import Job
from jobs.models.querysets import JobQuerySet, lock_owners
from jobs.models.states import State

MOST_PLAYLISTS, MOST_TRACKS = 200, 500  # of a person; of a playlist
LONGEST_NAME = 100  # characters


class PlaylistQuerySet(models.QuerySet["Playlist"]):
    def shared(self, token: str) -> PlaylistQuerySet:
        """The playlist whose share link has ``token``: one or none. It is there while its owner's account is active."""
        return self.filter(share_token=token, owner__is_active=True)


class Playlist(models.Model):
    """A name, and tracks in an order. A track that lies in the bin keeps its place, and is not shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="playlists")
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    share_token = models.CharField(max_length=43, null=True, blank=True, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = PlaylistQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def tracks(self) -> JobQuerySet:
        """The finished tracks that can be heard, in order."""
        there = Job.objects.filter(places__playlist=self, state=State.DONE, deleted_at__isnull=True)
        ordered: JobQuerySet = there.order_by("places__position", "places__pk")
        return ordered

    def add(self, job: Job) -> bool:
        """Put a track at the end; one that is in it stays where it is. False where there is no room."""
        with transaction.atomic():
            self._lock()
            if self.places.filter(job=job).exists():
                return True
            if self.places.count() >= MOST_TRACKS:
                return False
            last = self.places.aggregate(last=Max("position"))["last"]
            self.places.create(job=job, position=0 if last is None else last + 1)
        return True

    def _lock(self) -> None:
        """After its owner, in the order of all others: see ``JobQuerySet.lock``."""
        lock_owners([self.owner_id])
        Playlist.objects.select_for_update().get(pk=self.pk)

    def remove(self, job: Job) -> None:
        """Take a track out; it stays in the library."""
        self.places.filter(job=job).delete()

    def move(self, job: Job, to: int) -> None:
        """Put a track at the place ``to`` (from 0) of those that can be heard; beyond the last is at the end."""
        with transaction.atomic():
            self._lock()
            heard = list(self.tracks().values_list("pk", flat=True))
            if job.pk not in heard:
                return
            heard.remove(job.pk)
            order = list(self.places.order_by("position", "pk").values_list("job", flat=True))
            order.remove(job.pk)
            order.insert(order.index(heard[max(to, 0)]) if to < len(heard) else len(order), job.pk)
            for position, pk in enumerate(order):
                self.places.filter(job=pk).exclude(position=position).update(position=position)


class Place(models.Model):
    """A track's place in a playlist."""

    playlist = models.ForeignKey(Playlist, models.CASCADE, related_name="places")
    job = models.ForeignKey(Job, models.CASCADE, related_name="places")
    position = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("playlist", "job"), name="place_once")]

    def __str__(self) -> str:
        return f"{self.playlist_id} {self.position}"

"""Keeps the workers of one machine going: one django-q2 cluster for each, replaced whole when anything in it dies.

A django-q2 cluster does not survive the death of an idle worker: it dies holding the lock of the cluster's queue, and
no later worker gets it. So a cluster holds a single worker, and any unexpected death or stall costs one cluster, within
a second, and never a job that another worker is running.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from datetime import datetime, timedelta
from types import FrameType
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection, connections, transaction
from django.db.backends.signals import connection_created
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from jobs.models import Job, Preview, WorkerHost
from jobs.models.preview import LEASE
from jobs.queue import previews, sweep, transitions, wakeups
from jobs.queue.sweep import Loss
from jobs.telemetry.counting import Counting
from jobs.worker.cluster import Cluster, prepare_forks
from jobs.worker.courier_process import CourierProcess
from jobs.worker.lasting import Lasting
from jobs.worker.processes import SIGNALS, Alarm, adopt_orphans, end_children, host_name, is_alive

logger = logging.getLogger(__name__)

TICK = 0.2  # seconds between looks at processes whose death cannot be seen otherwise
SWEEP = 1.0  # seconds between sweeps of the queue
BRIEFLY = 2  # seconds that the supervisor waits for the database: its processes come first
LONGEST_PAUSE = 5.0  # seconds between tries to reach the database before the workers are started
GAP = 4.0  # seconds between sweeps after which nothing that was seen before them counts
EMPTY_BIN = 60.0  # seconds between looks for tracks whose time in the bin is over
BUSY_LOG = 500  # pages of SQLite's log since the last sweep that make it worth while to look again at the next one
QUIET = 3.0  # seconds until then otherwise
STALL = 5.0  # seconds that a worker may ignore waiting work, or that its attempt has lost its job
TIDY = 5.0  # seconds that an attempt that has ended may take to remove what it leaves
HARD_MARGIN = 5.0  # seconds past its deadline after which a worker is killed
KILL_AFTER = 5.0  # seconds past the grace time


class Supervisor:
    """``run`` blocks until SIGTERM or SIGINT; a second one cuts the grace time short."""

    def __init__(self, size: int, lane: str) -> None:
        self._size, self._lane = size, lane
        self._host, self._pid = host_name(), os.getpid()
        self._clusters: list[Cluster] = []
        self._signals = 0
        self._started_at = timezone.now()
        self._losses: dict[int, Loss] = {}  # of workers that were killed here, until their jobs are taken back
        self._swept = 0.0  # monotonic
        self._emptied = 0.0  # monotonic
        self._checkpoint_due = 0.0  # monotonic
        self._away = False
        self._leases: Lasting[tuple[UUID, int, datetime | None]] = Lasting()
        self._previews: Lasting[tuple[int, int, int]] = Lasting()
        self._back_offs: Lasting[tuple[UUID, int]] = Lasting()
        self._stopped: Lasting[int] = Lasting()
        self._stuck: Lasting[tuple[int, int]] = Lasting()
        self._leftovers: Lasting[tuple[UUID, int]] = Lasting()
        self._counting = Counting()
        self._courier = CourierProcess()

    def run(self) -> None:
        adopt_orphans()
        prepare_forks()
        connection_created.connect(self._be_brief)
        self._listen()
        alarm = Alarm()
        try:
            self._wait_for_database()
            while not self._signals:
                self._tend()
                if time.monotonic() - self._swept >= SWEEP:
                    self._sweep()
                processes = [process for cluster in self._clusters for process in cluster.processes]
                alarm.sleep(self._swept + SWEEP - time.monotonic(), processes, unseen=TICK)
        finally:
            self._stop()
            alarm.close()

    def _listen(self) -> None:
        for signum in SIGNALS:
            signal.signal(signum, self._on_signal)

    def _on_signal(self, signum: int, frame: FrameType | None) -> None:
        self._signals += 1

    def _be_brief(self, connection: Any, **kwargs: Any) -> None:
        if os.getpid() == self._pid:
            milliseconds = BRIEFLY * 1000
            sqlite = connection.vendor == "sqlite"
            with connection.cursor() as cursor:
                cursor.execute(f"{'PRAGMA busy_timeout' if sqlite else 'SET statement_timeout'} = {milliseconds}")

    def _wait_for_database(self) -> None:
        """A cluster that finds none when it starts dies of it."""
        pause = TICK
        while not self._signals:
            try:
                connection.ensure_connection()
                return
            except DatabaseError as error:
                self._note_away(error)
            tries_again = time.monotonic() + pause
            while time.monotonic() < tries_again and not self._signals:
                time.sleep(TICK)
            pause = min(2 * pause, LONGEST_PAUSE)

    # -- processes: nothing here waits for the database

    def _tend(self) -> None:
        """Replace broken clusters, end overdue attempts, fill up missing clusters."""
        for cluster in list(self._clusters):
            if not cluster.is_whole():
                self._drop(cluster, Loss.DIED, "one of its processes died")
            elif cluster.gate.attempt_seconds() > settings.JOB_TIMEOUT + HARD_MARGIN:
                self._drop(cluster, Loss.OVERDUE, "its attempt is over its deadline")
        while len(self._clusters) < self._size and not self._signals and not self._away:
            try:
                self._clusters.append(Cluster(self._listen))
            except RuntimeError as error:
                logger.warning("trying again: %s", error)
                time.sleep(1)

    def _drop(self, cluster: Cluster, loss: Loss, why: str) -> None:
        """A job is taken back from a process of ours only when that process is dead: attempts never overlap."""
        logger.warning("replacing cluster of sentinel %d: %s", cluster.sentinel, why)
        self._clusters.remove(cluster)
        self._losses |= dict.fromkeys(cluster.kill(), loss)
        self._swept = 0.0  # sweep at once

    def _replace_stopped(self) -> None:
        """One that was stopped in the middle of a transaction keeps SQLite from everybody: nobody else would notice."""
        stopped = [cluster for cluster in self._clusters if cluster.is_stopped()]
        for_long = self._stopped.lasting({cluster.sentinel: settings.LEASE_SECONDS for cluster in stopped})
        for cluster in stopped:
            if cluster.sentinel in for_long:
                self._drop(cluster, Loss.DIED, "one of its processes was stopped")

    # -- the database: may be away for a while

    def _sweep(self) -> None:
        last, self._swept = self._swept, time.monotonic()
        if last and self._swept - last > GAP:
            self._forgive()
        self._replace_stopped()
        end_children(keep=[*(cluster.sentinel for cluster in self._clusters), *self._courier.pids])  # of dead workers
        try:
            self._call()  # first, because it writes: while nobody can, nobody is blamed for not having written
            self._take_back_lost()
            self._end_back_offs()
            wakeups.replace_lost_messages(self._lane)
            self._replace_stuck()
            self._tidy()
            self._empty_bin()
            self._counting.tend()
            self._courier.tend()
            self._checkpoint()
        except DatabaseError as error:
            self._note_away(error)
            self._forgive()
            connections.close_all()
        else:
            if self._away:
                logger.warning("the database is back")
            self._away = False

    def _note_away(self, error: DatabaseError) -> None:
        if not self._away:
            logger.warning("the database is away, trying again until it is back: %s", str(error).strip())
        self._away = True

    def _forgive(self) -> None:
        """After a time in which nobody could see or write, everyone gets the whole time anew."""
        self._leases.forget()
        self._previews.forget()
        self._stuck.forget()

    def _call(self) -> None:
        """A sign of life, by the database's clock: those of hosts differ."""
        now = Now()
        if WorkerHost.objects.filter(host=self._host, pid=self._pid).update(seen_at=now):
            return
        with transaction.atomic():  # whoever sees this row sees no dead one of this host beside it
            self._forget_dead_hosts()
            WorkerHost.objects.create(
                host=self._host,
                pid=self._pid,
                lane=self._lane,
                size=self._size,
                started_at=self._started_at,
                seen_at=now,
            )

    def _forget_dead_hosts(self) -> None:
        """Those of this host, and those that nobody has heard of for a day."""
        gone = [host.pk for host in WorkerHost.objects.filter(host=self._host) if not is_alive(host.pid)]
        WorkerHost.objects.filter(Q(pk__in=gone) | Q(seen_at__lt=Now() - timedelta(days=1))).delete()

    def _take_back_lost(self) -> None:
        """Jobs of dead processes of this host at once, whoever supervised them; others when no beat prolongs the lease.

        A worker of ours that lives and does not prolong it is stopped or stuck: it is killed first.
        """
        leases = {(job.pk, job.attempt, job.lease_until): job for job in Job.objects.leased()}
        silent = self._leases.lasting(dict.fromkeys(leases, settings.LEASE_SECONDS))
        for key, job in leases.items():
            pid = job.lease_pid if job.lease_host == self._host else None
            if pid and not is_alive(pid):
                sweep.take_back(job, self._losses.get(pid, Loss.DIED))
            elif key in silent:
                if cluster := self._cluster_of(pid):
                    self._drop(cluster, Loss.DIED, "its worker gives no sign of life")
                else:
                    sweep.take_back(job)
        self._losses.clear()
        self._take_back_lost_previews()

    def _take_back_lost_previews(self) -> None:
        """Of dead processes of this host at once, of others when none can be at it any more."""
        leases = {(preview.pk, preview.number, preview.attempt): preview for preview in Preview.objects.leased()}
        silent = self._previews.lasting(dict.fromkeys(leases, LEASE.total_seconds() + HARD_MARGIN))
        for key, preview in leases.items():
            pid = preview.lease_pid if preview.lease_host == self._host else None
            if key in silent or (pid and not is_alive(pid)):
                previews.take_back(preview)

    def _cluster_of(self, pid: int | None) -> Cluster | None:
        return next((cluster for cluster in self._clusters if pid in cluster.members), None)

    def _end_back_offs(self) -> None:
        now = timezone.now()
        backing_off = Job.objects.filter(not_before__isnull=False)
        # As long as was meant, also when the clock was set back since.
        seconds = {
            (pk, attempt): min(until - now, until - since).total_seconds()
            for pk, attempt, until, since in backing_off.values_list("pk", "attempt", "not_before", "updated_at")
            if until
        }
        if due := self._back_offs.lasting(seconds):
            sweep.release(pk for pk, _ in due)

    def _replace_stuck(self) -> None:
        """Clusters whose worker takes no work that waits, or goes on with an attempt that is no longer its own."""
        waits = Job.objects.claimable(self._lane).exists()
        here = [leased.filter(lease_host=self._host) for leased in (Job.objects.leased(), Preview.objects.leased())]
        holders = {pid for leased in here for pid in leased.values_list("lease_pid", flat=True)}
        without = [cluster for cluster in self._clusters if not holders & cluster.members]
        # Between two looks one that works may have done with a hundred short jobs, and hold none at either.
        at = {cluster.sentinel: (cluster.sentinel, cluster.gate.attempts()) for cluster in without}
        doubtful = {at[cluster.sentinel]: STALL for cluster in without if waits or cluster.gate.attempt_seconds()}
        stuck = self._stuck.lasting(doubtful)
        for cluster in without:
            if at[cluster.sentinel] in stuck:
                self._drop(cluster, Loss.DIED, "it takes no work, or does not stop working")

    def _tidy(self) -> None:
        """What workers left that died when their attempts had ended: nobody takes those back."""
        for job, attempt in self._leftovers.lasting(dict.fromkeys(sweep.leftovers(), TIDY)):
            sweep.tidy(job, attempt)
            self._leftovers.forget()  # what cannot be removed is tried again after a while

    def _empty_bin(self) -> None:
        if time.monotonic() - self._emptied >= EMPTY_BIN:
            self._emptied = time.monotonic()
            transitions.empty_bin()
            previews.expire()

    def _checkpoint(self) -> None:
        """Of SQLite's log: whoever orders and whoever works need not wait for the disk."""
        if connection.vendor == "sqlite" and time.monotonic() >= self._checkpoint_due:
            busy = connection.checkpoint() > BUSY_LOG  # type: ignore[attr-defined]  # musicsite.sqlite
            self._checkpoint_due = time.monotonic() + (0 if busy else QUIET)

    def _stop(self) -> None:
        """Let running jobs end within the grace time, then take them back; no process is left."""
        for cluster in self._clusters:
            cluster.ask_to_stop()
        ends = time.monotonic() + settings.GRACE_SECONDS + KILL_AFTER
        while any(cluster.is_running() for cluster in self._clusters) and time.monotonic() < ends and self._signals < 2:
            time.sleep(0.05)
        for cluster in list(self._clusters):
            if cluster.is_running():
                self._drop(cluster, Loss.STOPPED, "it did not end within the grace time")
            else:
                cluster.kill()
        end_children()
        try:
            self._take_back_lost()
            WorkerHost.objects.filter(host=self._host, pid=self._pid).delete()
            self._forget_dead_hosts()
        except DatabaseError as error:
            logger.warning("the database is away, the next supervisor takes the rest back: %s", error)

"""The operators' dashboard: what the site does now and did in the last hour, day or week.

It reads the bars of ``models.rollup``, of which a picture has at most a hundred for each kind of end, and short lists
of what runs now; so it costs the same at a million jobs as at a thousand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from jobs.models import Attempt, Depth, Job, Rollup, WorkerHost
from jobs.models.rollup import BARS, percentile, start_of
from jobs.models.worker_host import SILENT
from jobs.operators import charts
from jobs.operators.durations import in_words
from jobs.queue.lanes import Lane, lanes

RUNNING = CODES = 20  # rows of the tables


@dataclass(frozen=True, slots=True)
class Range:
    """A choice of how far the pictures look back."""

    name: str
    label: str | Promise
    span: int  # seconds of a bar
    refresh: int  # seconds after which the page asks again
    column: int  # bars between two labels of the time axis
    format: str  # of these labels, for strftime


RANGES = {
    span.name: span
    for span in (
        Range("hour", gettext_lazy("Past hour"), 60, 5, 10, "%H:%M"),
        Range("day", gettext_lazy("Past 24 hours"), 900, 15, 16, "%H:%M"),
        Range("week", gettext_lazy("Past 7 days"), 7200, 60, 12, "%m-%d"),
    )
}


@dataclass(slots=True)
class Bar:
    """What was counted within one bar's time."""

    start: datetime
    done: int = 0
    failed: int = 0  # jobs that ended in an error
    again: int = 0  # attempts that ended without their job
    cancelled: int = 0
    waits: Counter[str] = field(default_factory=Counter)
    runs: Counter[str] = field(default_factory=Counter)  # of successful attempts
    waiting: int | None = None  # None: no supervisor was there to look
    running: int | None = None
    workers: int | None = None

    def add(self, row: Rollup) -> None:
        """Count a row of ended attempts into the bar."""
        outcomes = Attempt.Outcome
        if row.outcome == outcomes.DONE:
            self.done += row.count
            self.runs.update(row.runs)
        elif row.outcome == outcomes.CANCELLED:
            self.cancelled += row.count
        elif row.last:
            self.failed += row.count
        else:
            self.again += row.count
        self.waits.update(row.waits)

    def look(self, depth: Depth) -> None:
        """Add what was seen of one lane's queue."""
        self.waiting = (self.waiting or 0) + depth.waiting
        self.running = (self.running or 0) + depth.running
        self.workers = (self.workers or 0) + depth.workers

    def times(self) -> list[str]:
        """Median and 95th percentile of waiting, then of running: four durations in words, “–” where nothing ended."""
        return [_seconds(percentile(buckets, share)) for buckets in (self.waits, self.runs) for share in (0.5, 0.95)]


def dashboard(request: HttpRequest) -> HttpResponse:
    """The page, or with ``?part=live`` what the page asks for again and again; raise PermissionDenied."""
    if not request.user.has_perm("jobs.view_job"):
        raise PermissionDenied
    chosen = RANGES.get(request.GET.get("range", ""), RANGES["hour"])
    context = {**_figures(chosen), "range": chosen, "ranges": RANGES.values()}
    if request.GET.get("part") == "live":
        return render(request, "operators/dashboard_live.html", context)
    context |= {**admin.site.each_context(request), "title": _("Dashboard")}
    return render(request, "operators/dashboard.html", context)


def _figures(chosen: Range) -> dict[str, Any]:
    now = timezone.now()
    all_lanes = lanes()
    bars, codes = _bars(chosen, now)
    total = Bar(now)
    for bar in bars:
        total.done, total.failed, total.again = (
            total.done + bar.done,
            total.failed + bar.failed,
            total.again + bar.again,
        )
        total.cancelled += bar.cancelled
        total.waits.update(bar.waits)
        total.runs.update(bar.runs)
    held = Job.objects.leased().order_by("started_at")[: RUNNING + 1]
    running = list(held.only("title", "attempt", "attempt_limit", "progress", "lease_host", "lease_pid", "started_at"))
    return {
        "now": now,
        "warnings": _warnings(all_lanes),
        "tiles": _tiles(all_lanes, total, chosen),
        "pictures": _pictures(chosen, bars, total),
        "codes": [(code, count, 100 * count / max(codes.values())) for code, count in codes.most_common(CODES)],
        "running": [(job, in_words(now - (job.started_at or now))) for job in running[:RUNNING]],
        "more_running": len(running) > RUNNING,
        "hosts": [
            (host, in_words(now - host.started_at), in_words(now - host.seen_at))
            for host in WorkerHost.objects.filter(seen_at__gt=Now() - SILENT).order_by("lane", "host", "pid")
        ],
        "lanes": all_lanes,
        "bars": [bar for bar in reversed(bars) if bar.workers is not None or bar.waits or bar.runs or bar.again],
    }


def _bars(chosen: Range, now: datetime) -> tuple[list[Bar], Counter[str]]:
    """The bars, oldest first, and how often attempts ended with which error code."""
    count = BARS[chosen.span]
    first = start_of(now, chosen.span) - timedelta(seconds=chosen.span * (count - 1))
    bars = [Bar(first + timedelta(seconds=chosen.span * index)) for index in range(count)]
    by_start = {bar.start: bar for bar in bars}
    codes: Counter[str] = Counter()
    for row in Rollup.objects.filter(span=chosen.span, start__gte=first):
        if bar := by_start.get(row.start):
            bar.add(row)
            if row.error_code:
                codes[row.error_code] += row.count
    for depth in Depth.objects.filter(span=chosen.span, start__gte=first):
        if bar := by_start.get(depth.start):
            bar.look(depth)
    return bars, codes


def _warnings(all_lanes: Sequence[Lane]) -> list[str]:
    return [
        ngettext(
            "Lane %(lane)s has no workers: %(count)d job waits there.",
            "Lane %(lane)s has no workers: %(count)d jobs wait there.",
            lane.waiting,
        )
        % {"lane": lane.name, "count": lane.waiting}
        if lane.waiting
        else _("Lane %(lane)s has no workers.") % {"lane": lane.name}
        for lane in all_lanes
        if lane.is_deserted
    ]


def _tiles(all_lanes: Sequence[Lane], total: Bar, chosen: Range) -> list[tuple[str, str, str]]:
    """Name, figure, and a line below it."""
    oldest = max((lane.oldest for lane in all_lanes if lane.oldest is not None), default=None)
    waiting = sum(lane.waiting + lane.backing_off for lane in all_lanes)
    ended = total.done + total.failed
    hours = chosen.span * BARS[chosen.span] / 3600
    wait, wait95, run, run95 = total.times()
    return [
        (
            _("Waiting"),
            f"{waiting:,}{'+' if any(lane.is_long for lane in all_lanes) else ''}",
            _("the oldest for %(span)s") % {"span": _seconds(oldest)} if oldest is not None else _("nobody waits"),
        ),
        (
            _("Being made"),
            str(sum(lane.running for lane in all_lanes)),
            _("of %(count)d workers") % {"count": sum(lane.workers for lane in all_lanes)},
        ),
        (_("Done"), f"{total.done:,}", _("%(rate)s an hour") % {"rate": f"{total.done / hours:.3g}"}),
        (_("Failed"), f"{total.failed:,}", f"{100 * total.failed / ended:.3g} %" if ended else "–"),
        (_("Waited"), wait, _("95 %% under %(span)s") % {"span": wait95}),
        (_("Took"), run, _("95 %% under %(span)s") % {"span": run95}),
    ]


def _pictures(chosen: Range, bars: Sequence[Bar], total: Bar) -> list[dict[str, Any]]:
    """Each with its heading, a sentence that says the same, the legend and the chart."""
    local = [timezone.localtime(bar.start) for bar in bars]
    columns = [(index, local[index].strftime(chosen.format)) for index in range(0, len(bars), chosen.column)]
    frame = charts.Frame([moment.strftime("%m-%d %H:%M") for moment in local], columns)
    return [
        _queue(frame, bars),
        _ends(frame, bars, total),
        _spread(frame, "waits", _("Waiting time"), [bar.waits for bar in bars], total.waits),
        _spread(frame, "runs", _("Run time"), [bar.runs for bar in bars], total.runs),
    ]


def _queue(frame: charts.Frame, bars: Sequence[Bar]) -> dict[str, Any]:
    waiting, running, workers = ([getattr(bar, name) for bar in bars] for name in ("waiting", "running", "workers"))
    highest = max((value for value in (*waiting, *workers) if value is not None), default=0)
    scale, rows = charts.count_scale(highest)
    shapes = [
        charts.holes(frame, "unknown", waiting),
        charts.area(frame, scale, "waiting", waiting),
        charts.steps(frame, scale, "workers", workers),
        charts.steps(frame, scale, "running", running),
    ]
    texts = [
        _("%(waiting)d waiting, %(running)d being made, %(workers)d workers")
        % {"waiting": bar.waiting, "running": bar.running or 0, "workers": bar.workers or 0}
        if bar.waiting is not None
        else _("no workers reported")
        for bar in bars
    ]
    reported = [value for value in waiting if value is not None]
    summary = _("At most %(most)d waited.") % {"most": max(reported)} if reported else _("No workers reported.")
    if reported and (silent := len(bars) - len(reported)):
        summary += " " + _("No workers reported in %(count)d of %(all)d spans.") % {"count": silent, "all": len(bars)}
    legend = {"waiting": _("waiting"), "running": _("being made"), "workers": _("workers"), "unknown": _("no workers")}
    return _picture("queue", _("Queue"), summary, legend, frame.chart(shapes, rows, texts))


def _ends(frame: charts.Frame, bars: Sequence[Bar], total: Bar) -> dict[str, Any]:
    legend = {"done": _("done"), "failed": _("failed"), "again": _("tried again"), "cancelled": _("cancelled")}
    counts = {name: [getattr(bar, name) for bar in bars] for name in legend}
    scale, rows = charts.count_scale(max(map(sum, zip(*counts.values(), strict=True))))
    texts = [_listed({legend[name]: counts[name][index] for name in legend}) for index in range(len(bars))]
    summary = _listed({legend[name]: getattr(total, name) for name in legend}) or _("Nothing ended.")
    chart = frame.chart(charts.stacked(frame, scale, list(counts.items())), rows, texts)
    return _picture("ends", _("Attempts that ended"), summary, legend, chart)


def _spread(
    frame: charts.Frame, name: str, heading: str, buckets: Sequence[Mapping[str, int]], total: Mapping[str, int]
) -> dict[str, Any]:
    low, high = ([percentile(counts, share) for counts in buckets] for share in (0.5, 0.95))
    scale, rows = charts.time_scale([value for value in (*low, *high) if value is not None], _whole)
    sentence = _("Half under %(half)s, 95 %% under %(most)s.")
    texts = [
        sentence % {"half": _seconds(p50), "most": _seconds(p95)} if p50 is not None else ""
        for p50, p95 in zip(low, high, strict=True)
    ]
    total_p50, total_p95 = _seconds(percentile(total, 0.5)), _seconds(percentile(total, 0.95))
    summary = sentence % {"half": total_p50, "most": total_p95} if total else _("Nothing ended.")
    legend = {"lower": _("median"), "upper": _("95th percentile")}
    return _picture(name, heading, summary, legend, frame.chart(charts.ranges(frame, scale, low, high), rows, texts))


def _picture(name: str, heading: str, summary: str, legend: Mapping[str, str], chart: charts.Chart) -> dict[str, Any]:
    return {"name": name, "heading": heading, "summary": summary, "legend": legend, "chart": chart}


def _listed(counts: Mapping[str, int]) -> str:
    texts = (_("%(count)s %(what)s") % {"count": f"{count:,}", "what": name} for name, count in counts.items() if count)
    return ", ".join(texts)


def _seconds(seconds: float | None) -> str:
    return "–" if seconds is None else in_words(timedelta(seconds=seconds))


def _whole(seconds: float) -> str:
    """Of a line of a scale: “0.1 s”, “10 s”, “1 min”, “10 h”."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:g} {unit}"
    return f"{seconds:g} s"

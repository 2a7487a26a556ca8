"""Fills the database of ``DATABASE_URL`` or MUSICSITE_DATA_DIR with jobs, as a site has them after some years.

``MUSICSITE_DATA_DIR=/tmp/big MUSICSITE_LOCAL=1 python -m tests.bench.seed``: a million finished and a hundred thousand
waiting jobs of ten thousand people; only into a database that holds no job yet.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django

HEAVY = "person0"  # has a tenth as many jobs as all others together, at most HEAVY_JOBS
HEAVY_JOBS = 5000
_YEAR = 365 * 24 * 3600

NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < %s)"
DIALECTS = {
    "sqlite": {
        "id": "lower(hex(randomblob(16)))",
        "time": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', {}, 'unixepoch')",
    },
    "postgresql": {"id": "gen_random_uuid()", "time": "to_timestamp({})"},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--finished", type=int, default=1_000_000)
    parser.add_argument("--pending", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=10_000)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "musicsite.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    started = time.monotonic()
    seed(options.finished, options.pending, options.users)
    sys.stdout.write(f"{options.finished + options.pending:,} jobs in {time.monotonic() - started:.0f} s\n")


def seed(finished: int, pending: int, people: int) -> None:
    """Jobs of all people in turn; those of HEAVY are among the finished ones."""
    from django.contrib.auth.models import User
    from django.db import connection, transaction

    from jobs.models import Attempt, Holder, Job, Outcome
    from jobs.queue import orders

    if Job.objects.exists():
        raise SystemExit("This database has jobs already; seed an empty one.")
    User.objects.bulk_create([User(username=f"person{n}", password="!") for n in range(people)], batch_size=1000)
    first = User.objects.get(username=HEAVY)
    orders.submit(first, "calm piano, 60 seconds")
    done = Job.objects.claim("default", Holder("seed", 1))
    assert done
    done.finish(Outcome("/tracks/x/audio", {}, 60.0, {}))
    waiting = orders.submit(first, "신나는 록, 30초")
    now = int(time.time())
    most = min(finished // 10, HEAVY_JOBS)
    times = {
        "created_at": f"{now} - (%s - n) * {_YEAR / max(finished, 1)} - 60",
        "started_at": f"{now} - (%s - n) * {_YEAR / max(finished, 1)} - 50",
        "finished_at": f"{now} - (%s - n) * {_YEAR / max(finished, 1)} - 40",
    }
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
    with without_indexes(Job), transaction.atomic(), connection.cursor() as cursor:
        rows = finished - 1
        owner = f"CASE WHEN n < {most} THEN {first.pk} ELSE {first.pk} + n %% {people} END"
        turn = f"n / {people} + 1"
        copies(cursor, done, rows, {"owner_id": owner, "turn": turn, "size": "1400000", **times})
        rows = pending - 1
        age = {"created_at": f"{now} - (%s - n) * 0.01"}
        owner = f"{first.pk} + n %% {people}"
        copies(cursor, waiting, rows, {"owner_id": owner, "turn": f"{finished // people + 2} + {turn}", **age})
        names = [field.column for field in Attempt._meta.concrete_fields if not field.primary_key]
        values = [
            {"job_id": "j.id", "started_at": "j.started_at", "finished_at": "j.finished_at"}.get(n, f"a.{n}")
            for n in names
        ]
        cursor.execute(
            f"INSERT INTO jobs_attempt ({', '.join(names)}) SELECT {', '.join(values)} FROM jobs_attempt a, jobs_job j"
            " WHERE a.job_id = %s AND j.state = 'done' AND j.id <> a.job_id",
            [done.pk.hex if connection.vendor == "sqlite" else done.pk],
        )
    if connection.vendor == "postgresql":  # as it does by itself; SQLite plans without statistics in a site, too
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


@contextmanager
def without_indexes(model: Any) -> Iterator[None]:
    """They are built faster when all rows are there; the primary key stays."""
    from django.db import connection

    with connection.schema_editor() as editor:
        for index in model._meta.indexes:
            editor.remove_index(model, index)
    yield
    with connection.schema_editor() as editor:
        for index in model._meta.indexes:
            editor.add_index(model, index)


def copies(cursor: Any, job: Any, count: int, values: dict[str, str]) -> None:
    """``count`` copies of a job, number ``n`` of which differs by the given SQL; ``%s`` in it is ``count``."""
    from django.db import connection

    if count < 1:
        return
    dialect = DIALECTS[connection.vendor]
    sql = {field.column: f"j.{field.column}" for field in job._meta.concrete_fields}
    sql |= {"id": dialect["id"], "title": "j.title || ' ' || n", "prompt": "j.prompt || ', number ' || n"}
    sql["title_key"] = "j.title_key || ' 00' || length(cast(n as text)) || n"  # as jobs.models.text makes them
    sql["search_text"] = "j.search_text || ', number ' || n"
    for name, value in values.items():
        sql[name] = dialect["time"].format(value) if name.endswith("_at") else value
    if "created_at" in values:
        sql["updated_at"] = sql.get("finished_at" if "finished_at" in values else "created_at", "j.updated_at")
    text = ", ".join(sql.values()).replace("%s", str(count))
    columns = ", ".join(sql)
    select = f"SELECT {text} FROM jobs_job j, numbers WHERE j.id = %s"
    key = job.pk.hex if connection.vendor == "sqlite" else job.pk
    cursor.execute(f"INSERT INTO jobs_job ({columns}) {NUMBERS} {select}", [count, key])


if __name__ == "__main__":
    main()

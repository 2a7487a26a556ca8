"""A site of five hosts, two for the web and three of workers, over PostgreSQL and an object store: ``make hosts``.

A worker host vanishes in mid-run, another is cut off for longer than a lease and comes back, a web host vanishes.
Nothing may be lost, nothing made twice, no file left over; and two worker hosts must do as much as twice one.
"""

from __future__ import annotations

import logging
import os
import secrets
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from jobs.worker.keeper import web_server
from tests.hosts import machines

USERS, JOBS = 6, 3  # jobs of each user
SECONDS = 4.0  # that the dummy generator waits for each
LEASE = 4  # seconds
CUT_OFF = 12  # seconds
LOAD = 8  # jobs of a measurement
ENOUGH = 1.8  # times as many jobs from two hosts as from one
PORT = 8000
MEASURED = "measured"  # prompt of what only measures


class Failure(Exception):
    """What did not hold, in a sentence."""


def main() -> int:
    parser = ArgumentParser(prog="make hosts")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--processes", action="store_true", help="without network namespaces")
    options = parser.parse_args()
    namespaces = not options.processes and machines.may_have_namespaces()
    if namespaces and "HOSTS_INSIDE" not in os.environ:
        machines.go_inside()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    address = machines.build_wire() if namespaces else "127.0.0.1"
    kind = machines.NamespaceHost if namespaces else machines.ProcessHost
    say(f"hosts are {'network namespaces' if namespaces else 'groups of processes'}")
    for number in range(1, options.times + 1):
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="musicsite-hosts-") as folder, ExitStack() as stack:
            Path(folder).chmod(0o755)
            try:
                ratio = play(Scene(stack, address, kind, Path(folder)))
            except Failure as failure:
                say(f"run {number} FAILED: {failure}")
                return 1
        seconds = time.monotonic() - began
        say(f"run {number} of {options.times} passed in {seconds:.0f} s; two hosts do {ratio:.2f} times as much as one")
    return 0


class Scene:
    """The database, the object store, and whatever hosts were started; all end with ``stack``."""

    def __init__(self, stack: ExitStack, address: str, kind: Callable[..., machines.Host], folder: Path) -> None:
        from tests import postgres, s3

        self._stack, self._kind, self._folder, self._number = stack, kind, folder, 10
        server = stack.enter_context(postgres.server(postgres.needed(), address))
        self.store = s3.Server(address)
        stack.callback(self.store.stop)
        self.env = {
            "DATABASE_URL": server.url,
            "MUSICSITE_SECRET_KEY": secrets.token_hex(32),
            "MUSICSITE_LOCAL": "1",
            "MUSICSITE_ALLOWED_HOSTS": "*",
            "MUSICSITE_WORKERS": "2",
            "MUSICSITE_WEB_PROCESSES": "1",
            "MUSICSITE_LEASE_SECONDS": str(LEASE),
            "MUSICSITE_ALLOW_DUMMY": "1",
            "MUSICSITE_GENERATOR": "dummy",
            "MUSICSITE_DUMMY": f"seconds={SECONDS}",
            "DJANGO_SETTINGS_MODULE": "musicsite.settings",
            **self.store.env,
        }
        self.names_hosts = kind is machines.NamespaceHost  # processes are all of one host
        connect(self.env)

    def host(self, name: str) -> machines.Host:
        self._number += 1
        host = self._kind(name, self._number, self._folder / name)
        self._stack.callback(host.vanish)
        return host

    def web(self, name: str) -> machines.Host:
        from django.conf import settings

        host = self.host(name)
        start = 'python="$1"; shift; "$python" manage.py collectstatic --noinput -v 0 && exec "$python" "$@"'
        host.run(
            ["sh", "-c", start, "sh", *web_server(host.address, PORT, settings.WEB_PROCESSES, settings.WEB_THREADS)],
            self.env,
        )
        wait_for(lambda: answers(host), f"{name} answers", host)
        return host

    def worker(self, name: str) -> machines.Host:
        from jobs.models import WorkerHost

        host, before = self.host(name), WorkerHost.objects.count()
        host.run([sys.executable, "manage.py", "worker"], self.env)
        wait_for(lambda: WorkerHost.objects.count() > before, f"{name} works", host)
        return host


def play(scene: Scene) -> float:
    """The whole story; returns how many times as much two worker hosts did as one. Raises Failure."""
    from jobs.models import Attempt, Job, State

    one, two = scene.web("web1"), scene.web("web2")
    people = [People(f"user{number}", one, two) for number in range(USERS)]
    first = scene.worker("work1")
    alone = throughput(people)
    second = scene.worker("work2")
    ratio = throughput(people) / alone
    if ratio < ENOUGH:  # something else took the cores: once more
        ratio = throughput(people) / alone
    if ratio < ENOUGH:
        raise Failure(f"two hosts did only {ratio:.2f} times as much as one")

    third = scene.worker("work3")
    ordered = [person.order(f"piano {number}") for number in range(JOBS) for person in people]
    wait_for(lambda: Job.objects.filter(state=State.PROCESSING).count() == 6, "all workers are busy")
    first.vanish()
    second.cut_off()
    wait_for(lambda: Attempt.objects.filter(outcome=Attempt.Outcome.LOST).count() >= 4, "their jobs are taken back")
    time.sleep(max(0, CUT_OFF - LEASE))
    second.join()
    wait_for(lambda: all(state == "done" for state in states(people, ordered)), "every job is done", second, third)
    one.vanish()
    more = [person.order("once more", web=1) for _ in range(2) for person in people]
    wait_for(lambda: all(state == "done" for state in states(people, more)), "web2 goes on without web1")
    back = Attempt.objects.filter(job__in=more, host__startswith=f"{second.name}#", outcome=Attempt.Outcome.DONE)
    if scene.names_hosts and not back.exists():
        raise Failure("the host that came back takes no more work")
    audit(scene, people, [*ordered, *more])
    return ratio


def audit(scene: Scene, people: list[People], ordered: list[str]) -> None:
    """Nothing lost, nothing twice, nothing left over."""
    from jobs.models import Attempt, Job, State

    done = Job.objects.filter(pk__in=ordered, state=State.DONE)
    if done.count() != len(set(ordered)):
        raise Failure(f"{len(set(ordered)) - done.count()} jobs are lost")
    measured = Job.objects.filter(prompt=MEASURED).count()
    if Job.objects.count() != len(set(ordered)) + measured:
        raise Failure("there are jobs that nobody ordered")
    finished = Attempt.objects.filter(outcome=Attempt.Outcome.DONE)
    if finished.count() != Job.objects.count() or finished.values("job").distinct().count() != Job.objects.count():
        raise Failure("a job was finished twice")
    for job in Job.objects.all():
        last = job.attempts.get(outcome=Attempt.Outcome.DONE)
        if last.number != job.attempt or f"/{job.attempt}/" not in job.files["audio"]["name"]:
            raise Failure(f"job {job.pk} shows the files of an attempt that had lost it")
    known = {file["name"] for job in Job.objects.all() for file in job.files.values()}
    try:
        wait_for(lambda: set(scene.store.names()) == known, "the store holds the files of the tracks and nothing else")
    except Failure as failure:
        odd = sorted(set(scene.store.names()) ^ known)
        fates = list(Attempt.objects.filter(job__in=[name.split("/")[-3] for name in odd]).values_list())
        raise Failure(f"{failure}: {odd}; {fates}") from failure
    for person, job in zip(people, ordered, strict=False):
        if person.listen(job) != 200:
            raise Failure(f"the track of job {job} does not play")


class People:
    """Somebody who is signed in on both web hosts."""

    def __init__(self, name: str, *webs: machines.Host) -> None:
        from tests.site import PASSWORD, Axios

        clients = [Axios(f"http://{web.address}:{PORT}") for web in webs]
        clients[0].sign_up(name)
        for client in clients[1:]:
            client.form("/accounts/login/", username=name, password=PASSWORD)
        self._clients, self._ordered = clients, 0

    def order(self, prompt: str, web: int | None = None) -> str:
        self._ordered += 1
        client = self._clients[self._ordered % 2 if web is None else web]
        status, answer = client.post("/api/music", {"prompt": prompt})
        if status != 202:
            raise Failure(f"an order was refused: {status} {answer}")
        return str(answer["jobId"])

    def state(self, job: str) -> str:
        return str(self._clients[-1].get(f"/api/music/{job}/status")[1].get("state"))

    def listen(self, job: str) -> int:
        return self._clients[-1].send("GET", f"/tracks/{job}/audio", None, "")[0]


def states(people: list[People], ordered: list[str]) -> Iterator[str]:
    """Of jobs that were ordered by one person after the other, as their owners see them."""
    return (people[at % len(people)].state(job) for at, job in enumerate(ordered))


def throughput(people: list[People]) -> float:
    """Jobs a second of a full queue, from the first claim to the last end."""
    from django.db.models import Max, Min

    from jobs.models import Job, State

    jobs = [people[number % len(people)].order(MEASURED) for number in range(LOAD)]
    measured = Job.objects.filter(pk__in=jobs)
    wait_for(lambda: measured.filter(state=State.DONE).count() == LOAD, "the load is done")
    span = measured.aggregate(first=Min("started_at"), last=Max("finished_at"))
    return float(LOAD / (span["last"] - span["first"]).total_seconds())


def connect(env: dict[str, str]) -> None:
    """Look into this run's database from here."""
    import dj_database_url
    import django
    from django.core.management import call_command
    from django.db import connection

    os.environ.update({name: value for name, value in env.items() if not name.startswith("MUSICSITE_S3")})
    django.setup()
    connection.close()
    connection.settings_dict.update(dj_database_url.parse(env["DATABASE_URL"]))
    call_command("migrate", verbosity=0)


def answers(web: machines.Host) -> bool:
    from tests.site import Axios

    try:
        return Axios(f"http://{web.address}:{PORT}").send("GET", "/healthz", None, "")[0] == 200
    except OSError:
        return False


def wait_for(what: Callable[[], Any], name: str, *hosts: machines.Host, seconds: float = 90) -> None:
    ends = time.monotonic() + seconds
    while not what():
        if time.monotonic() > ends:
            logs = "\n".join(f"--- {host.name}\n{host.log()[-3000:]}" for host in hosts)
            raise Failure(f"not within {seconds:.0f} s: {name}\n{logs}")
        time.sleep(0.1)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

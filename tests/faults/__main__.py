"""``python -m tests.faults --seed 1 --count 60``: the real site, and everything that can happen to it.

Half of the faults on SQLite, half on PostgreSQL, unless ``--database`` says which. One line for each fault, then a
table. The seed decides which faults come in which order and what they hit; ends with 1 when anything was violated.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from tests import postgres
from tests.faults.report import AFTERWARDS, Line, table

if TYPE_CHECKING:
    from tests.faults.kinds import Kind
    from tests.faults.scene import Scene

DATABASES = ("sqlite", "postgres")
SITE = {
    "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
    "MUSICSITE_LOCAL": "1",
    "MUSICSITE_LOG_LEVEL": "INFO",
    "MUSICSITE_WORKERS": "2",
    "MUSICSITE_LEASE_SECONDS": "3",
    "MUSICSITE_JOB_TIMEOUT": "6",
    "MUSICSITE_JOB_MEMORY": "768",
    "MUSICSITE_GRACE_SECONDS": "2",
    "MUSICSITE_RETRY_DELAY": "0.2",
    "MUSICSITE_LIMIT_ACTIVE": "0",
    "MUSICSITE_LIMIT_JOBS": "",
    "MUSICSITE_LIMIT_REQUESTS": "",
    "MUSICSITE_LIMIT_STORAGE": "0",
    "MUSICSITE_LIMIT_SIGNUP": "",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--count", type=int, default=300, help="faults in all (default: %(default)s)")
    parser.add_argument("--database", choices=DATABASES, help="(default: half of the faults on each)")
    parser.add_argument("--only", help="only kinds whose names contain this")
    parser.add_argument("--save", type=Path, help="add what was measured to this file, and tell of all that is in it")
    parser.add_argument("--keep", action="store_true", help="leave the site's folder for a look")
    parser.add_argument("--lines", type=Path, help=argparse.SUPPRESS)  # where a run of one database leaves its lines
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda signum, frame: sys.exit(f"ended by signal {signum}"))
    if options.lines:
        return run(options)
    databases = [options.database] if options.database else list(DATABASES)
    if "postgres" in databases and not postgres.binaries():
        sys.exit("PostgreSQL's server is not installed (Debian: postgresql); --database sqlite does without.")
    lines: list[Line] = []
    codes = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for number, database in enumerate(databases):  # a process each: Django knows one database
            share = options.count // len(databases) + (number < options.count % len(databases))
            file = Path(folder) / database
            command = [*sys.argv[1:], "--database", database, "--count", str(share), "--lines", str(file)]
            with subprocess.Popen([sys.executable, "-m", "tests.faults", *command]) as one:
                try:
                    codes.append(one.wait())
                except SystemExit:
                    one.terminate()
                    raise
            lines += Line.read(file)
            if codes[-1] not in (0, 1):
                lines.append(Line(database, AFTERWARDS, "", 0, None, "", ["the run broke off"]))
    print(f"\nseed {options.seed}: {(time.monotonic() - began) / 60:.1f} minutes")
    if options.save:
        Line.write(options.save, lines)
        lines = Line.read(options.save)
    print(table(lines))
    return max(codes)


def run(options: argparse.Namespace) -> int:
    """All faults on one database; writes a line for each."""
    folder = Path(tempfile.mkdtemp(prefix="musicsite-faults-"))
    try:
        with _scene(folder, options.database, options.seed) as scene:
            wrong = _strike(scene, options)
    finally:
        if options.keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    for text in wrong:
        print(f"VIOLATED on {options.database}: {text}")
    return 1 if wrong else 0


@contextmanager
def _scene(folder: Path, database: str, seed: str) -> Iterator[Scene]:
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(postgres.server(postgres.needed())) if database == "postgres" else None
        data = folder / "data"
        (folder / "tmp").mkdir()
        url = server.url if server else f"sqlite:///{data / 'db.sqlite3'}"
        env = {**SITE, "MUSICSITE_DATA_DIR": str(data), "DATABASE_URL": url, "FAULTS_FOLDER": str(folder)}
        os.environ.update(env)
        os.environ["MUSICSITE_SECRET_KEY"] = env["MUSICSITE_SECRET_KEY"] = "only for the faults " * 3
        import django

        django.setup()
        from django.db import connection

        from tests.faults.clock import Clock
        from tests.faults.scene import Disk, Scene

        disk, clock = Disk(data), Clock(folder)
        stack.callback(disk.remove)
        site = {**env, "TMPDIR": str(folder / "tmp")}
        scene = Scene(folder, site, disk, clock, server, seed)
        stack.callback(scene.kill_all)
        stack.callback(connection.close)
        with scene.crowd, scene.share:
            yield scene


def _strike(scene: Scene, options: argparse.Namespace) -> list[str]:
    from tests.faults.audit import audit
    from tests.faults.kinds import KINDS

    chosen = [kind for kind in KINDS if kind.possible(scene) and (not options.only or options.only in kind.name)]
    for kind in KINDS:
        if kind not in chosen and not options.only:
            print(f"not on {options.database} or not on this machine: {kind.name}")
    random = Random(f"{options.seed} {options.database}")
    bag: list[Kind] = []
    began = time.monotonic()
    for number in range(1, options.count + 1):
        bag = bag or random.sample(chosen, len(chosen))
        line = _one(scene, bag.pop(), options.database)
        print(f"{options.database:8} {number:4} {time.monotonic() - began:7.1f} s  {line}", flush=True)
        Line.write(options.lines, [line])
        time.sleep(random.uniform(0, 0.5))
    found = audit(scene)
    Line.write(options.lines, [Line(options.database, AFTERWARDS, "", 0, None, "", found)])
    people = [scene.probe, *scene.crowd.people]
    accepted = sum(len(person.accepted) for person in people)
    refused = sum((person.refusals for person in people), Counter())
    said = ", ".join(f"{status} {times} times" for status, times in sorted(refused.items())) or "none"
    print(f"{options.database}: {accepted} orders accepted; answers of another kind before that: {said}")
    return scene.violations + found


def _one(scene: Scene, kind: Kind, database: str) -> Line:
    """Strike, see that the next job starts and that what was struck runs again, measure."""
    before, began = len(scene.violations), time.monotonic()
    figure, detail = None, ""
    try:
        struck = kind.strike(scene)
        detail = struck.detail
        probe = scene.order()
        begun = [scene.begins(probe).at, *(scene.begins(order, attempt).at for order, attempt in struck.again)]
        figure = struck.figure if struck.figure is not None else max(begun) - struck.since
        if figure > kind.within:
            scene.violated(f"{kind.name}: {kind.figure} {figure:.2f} s, more than {kind.within:.0f} s")
    except Exception as error:
        scene.violated(f"{kind.name}: {error!r}")
        if scene.site.process.poll() is not None:
            scene.site.start()
        scene.crowd.resume()
    found, share = scene.violations[before:], scene.share.since(began)
    return Line(database, kind.name, kind.figure, kind.within, figure, detail, found, share)


if __name__ == "__main__":
    sys.exit(main())

"""Commands in a shell: odd arguments and odd streams end in a sentence, never in a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.forking import manage

pytestmark = pytest.mark.slow
MANAGE = f"{sys.executable} manage.py"


def shell(folder: Path, line: str, **env: str) -> tuple[int, str]:
    """Exit code of a line in bash, and all that it says."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MUSICSITE_", "DJANGO_", "DATABASE_", "PYTHONIO"))
    }
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line.replace("manage", MANAGE)],
        cwd=settings.BASE_DIR,
        env={**clean, "MUSICSITE_DATA_DIR": str(folder / "data"), "MUSICSITE_LOCAL": "1", **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
    )
    return done.returncode, done.stdout.decode("utf-8", "replace")


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("manage styles jazz >&-", 0, ""),
        ("manage styles jazz >&- 2>&-", 0, ""),
        ("PYTHONIOENCODING=ascii manage styles jazz", 0, r"Jazz \xb7 \uc7ac\uc988"),
        ("LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 manage styles jazz", 0, "bpm"),
        ("manage styles >/dev/full", 74, "cannot be written: No space left on device."),
        ("PYTHONIOENCODING=ascii manage generate '조용한 피아노 5초' -o $DIR/x.mid", 0, "x.mid"),
        ("manage generate '조용한 피아노 5초' -o $DIR/x.mid >&- && ls $DIR", 0, "x.mid"),
        ("PYTHONIOENCODING=ascii manage generate $'\\xff' --style 재즈 -o $DIR/x.mid", 1, "CommandError"),
        ("manage retryjobs --user $'\\xff'", 2, "is no text"),
    ],
)
def test_odd_streams_end_in_a_sentence(tmp_path: Path, line: str, code: int, said: str) -> None:
    there = tmp_path / "there"
    there.mkdir()
    assert shell(tmp_path, line, DIR=str(there)) == (code, AnyWith(said))


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("generate calm --title \u3164 -o there/x.mid", 1, "--title: is blank"),
        ("generate \u200b -o there/x.mid", 1, "Describe the music"),
        ("prunejobs --older-than 999999w", 2, "'999999w' is longer than a hundred years"),
        ("retryjobs --since 0001-01-01T00:00+14:00", 2, "is no time"),
        ("backup there/none/", 2, "there is no folder"),
        ("backup there/none/x.tar", 2, "there is no folder"),
        ("backup ", 2, "it is empty"),
        ("backup there/x.tar", 1, "manage.py migrate"),
        ("prunejobs --older-than 1d", 1, "manage.py migrate"),
        ("restore there", 1, "Is a directory."),
        ("up --port 99999", 2, "is no port from 0 to 65535"),
        ("web --port 99999", 2, "is no port from 0 to 65535"),
        ("worker --workers 99999", 2, "is no number from 1 to 64"),
    ],
)
def test_odd_arguments_end_in_a_sentence(tmp_path: Path, line: str, code: int, said: str) -> None:
    there = tmp_path / "there"
    there.mkdir()
    done = manage(tmp_path / "data", *line.replace("there", str(there)).split(" "), MUSICSITE_LOCAL="1")
    assert (done.returncode, done.stdout + done.stderr) == (code, AnyWith(said))
    assert not (there / "none").exists()


def test_a_database_that_is_away_is_said_in_a_sentence(tmp_path: Path) -> None:
    url = "postgres://u:secret@127.0.0.1:1/x"
    done = manage(tmp_path, "prunejobs", "--older-than", "1d", MUSICSITE_LOCAL="1", DATABASE_URL=url)
    assert (done.returncode, done.stdout + done.stderr) == (1, AnyWith("The database"))
    assert "secret" not in done.stderr


def test_whoever_reads_no_further_ends_it_quietly(tmp_path: Path) -> None:
    code, text = shell(tmp_path, "manage styles --json | sleep 0")
    assert (code, text) == (141, "")


class AnyWith(str):
    """Equal to every text that has this in it and no traceback."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and str(self) in other and "Traceback" not in other

    __hash__ = str.__hash__

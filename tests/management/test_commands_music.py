import io
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from jobs.music import piece, styles
from jobs.music.errors import SoundfontMissing
from jobs.music.sound import recordings, soundfont
from jobs.music.sound.patches import build, patch
from tests.commands import run
from tests.music.tunes import STARS, midi_of, notes_of, track


@pytest.fixture
def composer(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A composer that writes the name of each output into its file; the list tells how it was called."""
    calls: list[dict[str, Any]] = []

    def make(brief: Any, seed: int, folder: Path, progress: Any, *, outputs: Any, **rest: Any) -> Any:
        calls.append({"brief": brief, "seed": seed, **rest})
        progress("rendering", 0.5)
        files = {kind: folder / piece.NAMES[kind] for kind in outputs}
        for kind, path in files.items():
            path.write_text(f"<svg><title>{brief.style}</title></svg>" if kind == "roll" else kind)
        parts = ({"name": "keys", "role": "chords", "instrument": "piano"},)
        sections = ({"name": "intro", "start": 0.0, "length": brief.duration / 4},)
        return SimpleNamespace(files=files, duration=brief.duration, loudness=-14.0, parts=parts, sections=sections)

    monkeypatch.setattr(piece, "make", make)
    return calls


# -- generate ----------------------------------------------------------------------------------------------------------


def test_it_generates_files_without_a_database(tmp_path: Path, composer: Any) -> None:
    prompt = "calm lo-fi piano, 80 bpm, A minor, 60 seconds"
    out = run("generate", prompt, "-o", tmp_path / "song.mp3", "-o", tmp_path / "song.MID", "--seed", "7")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"song.mp3": "mp3", "song.MID": "midi"}
    assert composer[0]["seed"] == 7
    for text in ("lofi", "80 bpm", "A minor", "60 s", "seed 7", "song.mp3"):
        assert text in out


def test_it_says_what_it_had_to_assume(tmp_path: Path, composer: Any) -> None:
    out = run("generate", "a song for my cat, tempo 90", "-o", tmp_path / "song.mp3")
    assert "You named no style" in out
    assert "style (from the " in out
    assert "tempo (from" not in out


def test_it_takes_a_melody(tmp_path: Path, composer: Any) -> None:
    file = tmp_path / "stars.mid"
    file.write_bytes(midi_of(track(notes_of(STARS)), tempo=80))
    out = run("generate", "jazz", "-o", tmp_path / "a.mp3", "--melody", file)
    assert composer[0]["brief"].tune.name == "stars.mid"
    assert "your melody of 42 notes" in out
    assert "80 bpm" in out


@pytest.mark.parametrize(("content", "why"), [(b"MThd", "damaged"), (b"x" * 10_000_000, "larger"), (None, "cannot be")])
def test_a_bad_melody_is_refused_before_anything_is_made(
    tmp_path: Path, composer: Any, content: bytes | None, why: str
) -> None:
    file = tmp_path / "x.mid"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError, match=why):
        call_command("generate", "jazz", "-o", tmp_path / "a.mp3", "--melody", file)
    assert not composer


def test_it_lets_options_win_over_words(tmp_path: Path, composer: Any) -> None:
    song = tmp_path / "a.flac"
    run("generate", "piano, 80 bpm", "-o", song, "--tempo", "100", "--title", "Nap", "--soundfont", "x.sf2")
    assert (composer[0]["brief"].tempo, composer[0]["brief"].title) == (100, "Nap")
    assert composer[0]["soundfont"] == Path("x.sf2")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["piano", "-o", "{}/no/song.mp3"], "does not exist"),
        (["piano", "-o", "{}"], "give it an ending"),
        (["piano", "-o", "{}/folder.mp3"], "is a folder"),
        (["piano", "-o", "{}/song.ogg"], "out of .*mp3"),
        (["piano", "-o", "{}/song.mp3", "-o", "{}/song"], "give it an ending"),
        (["  ", "-o", "{}/song.mp3"], "in a few words"),
        (["piano", "-o", "{}/song.mp3", "--tempo", "999"], "--tempo: "),
        (["piano", "-o", "{}/song.mp3", "--tempo", "nan"], "--tempo: "),
        (["piano", "-o", "{}/song.mp3", "--seed", "-1"], "--seed"),
        (["piano", "-o", "{}/song.mp3", "--seed", "x"], "--seed"),
        (["piano", "-o", "{}/song.mp3", "--mode", "sad"], "--mode"),
        (["piano"], "--output"),
    ],
)
def test_it_names_what_is_wrong_with_an_order(
    arguments: list[str], words: str, tmp_path: Path, composer: list[Any]
) -> None:
    (tmp_path / "folder.mp3").mkdir()
    with pytest.raises(CommandError, match=words):
        run("generate", *(argument.format(tmp_path) for argument in arguments))
    assert not composer
    assert not list(tmp_path.glob("*song*"))


def test_it_shows_how_far_it_is_where_somebody_watches(tmp_path: Path, composer: Any) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    watched = Terminal()
    call_command("generate", "piano", "-o", str(tmp_path / "a.mp3"), stdout=io.StringIO(), stderr=watched)
    assert " 50% rendering" in watched.getvalue()
    assert watched.getvalue().endswith("\r\033[K")


# -- styles ------------------------------------------------------------------------------------------------------------


def test_it_lists_every_style_with_what_is_typical_of_it() -> None:
    out = run("styles")
    for name in styles.all_ids():
        assert re.search(rf"^{name}  ", out, re.MULTILINE)
    waltz = run("styles", "waltz")
    low, high = styles.get("waltz").tempo
    for text in ("왈츠", "3/4", f"{low:g} to {high:g} bpm", "D major"):
        assert text in waltz
    assert "lofi" not in waltz


def test_it_lists_styles_for_programs() -> None:
    rows = json.loads(run("styles", "lofi", "jazz", "--json"))
    assert [row["id"] for row in rows] == ["lofi", "jazz"]
    assert rows[0]["tempo"] == list(styles.get("lofi").tempo)
    assert rows[0]["nameKo"] == "로파이"
    assert rows[0]["keys"][0] == "A minor"
    assert "Electric piano" in rows[0]["instruments"]["keys"]


def test_it_shows_the_words_of_a_style_and_those_it_is_nearest_to() -> None:
    lines = run("styles", "polka").splitlines()
    assert any(line.startswith("  in words: polka, ") and "폴카" in line for line in lines)
    assert any(line.startswith("  nearest to: zydeco, ") and "polka" not in line for line in lines)
    lofi = json.loads(run("styles", "lofi", "--json"))[0]
    assert {"lo fi", "로 파이"} <= set(lofi["words"])
    assert "lofi" not in lofi["words"]
    assert all(row["words"] for row in json.loads(run("styles", "--json")))


@pytest.mark.parametrize("command", [["styles"], ["demos", "-o", "nowhere"]])
def test_it_names_a_style_that_there_is_not(command: list[str]) -> None:
    with pytest.raises(CommandError, match="no style shoegaze; manage.py styles"):
        run(*command, "lofi", "shoegaze")


# -- demos -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    means = {"chords": 0.875, "beat": 2.5, "sections": None}
    lines = [{"name": "chords", "share": True}, {"name": "beat", "share": False}, {"name": "sections", "share": False}]
    path.write_text(json.dumps({"summary": lines, "styles": {"lofi": means}}))
    return path


def test_it_makes_a_page_of_every_style(tmp_path: Path, composer: list[Any]) -> None:
    run("demos", "-o", tmp_path / "deep" / "page")
    page = (tmp_path / "deep/page/index.html").read_text()
    for name in styles.all_ids():
        assert f'src="{name}/audio.mp3"' in page
        assert f"<svg><title>{name}</title></svg>" in page
        assert (tmp_path / "deep/page" / name / "audio.mp3").read_text() == "mp3"
    assert not re.search(r"(src|href)=.?(https?:|/)", page)


def test_it_says_what_was_asked_and_what_was_measured(tmp_path: Path, composer: list[Any], report: Path) -> None:
    run("demos", "lofi", "jazz", "-o", tmp_path, "--duration", "20", "--seed", "5", "--measure", report)
    page = (tmp_path / "index.html").read_text()
    brief = composer[0]["brief"]
    assert (brief.style, brief.duration, composer[0]["seed"]) == ("lofi", 20, 5)
    for text in (brief.title, "20 seconds", f"{brief.tempo:g} bpm", "Piano", "88%", "2.50"):
        assert text in page
    assert '<foreignObject x="0.0%" width="25.0%" height="100%"><span>Intro</span>' in page
    assert page.count("<dl>") == 1
    assert "sections</dt>" not in page


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--duration", "4"], "--duration must be from 5"),
        (["--duration", "nan"], "--duration must be"),
        (["--measure", "{}/no.json"], "no.json: No such file"),
        (["--measure", "{}/odd.json"], "not a report"),
        (["--measure", "{}/list.json"], "not a report"),
        (["-o", "{}/odd.json"], "odd.json: File exists"),
    ],
)
def test_it_names_what_is_wrong_with_demos(
    arguments: list[str], words: str, tmp_path: Path, composer: list[Any]
) -> None:
    (tmp_path / "odd.json").write_text("{}")
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(CommandError, match=words):
        run("demos", "lofi", "-o", tmp_path / "page", *(argument.format(tmp_path) for argument in arguments))
    assert not composer


# -- both --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [("generate", "piano", "-o", "{}/song.mp3"), ("demos", "lofi", "-o", "{}")])
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (SoundfontMissing("There is no SoundFont x.sf2."), r"no SoundFont x.sf2. \(soundfont_missing\)"),
        (OSError(28, "No space left on device", "/x"), "/x: No space left"),
        (KeyboardInterrupt(), "Stopped; "),
    ],
)
def test_it_says_why_nothing_was_made(
    error: BaseException, words: str, command: tuple[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(*args: Any, **rest: Any) -> None:
        raise error

    monkeypatch.setattr(piece, "make", make)
    with pytest.raises(CommandError, match=words):
        run(*(argument.format(tmp_path) for argument in command))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


# -- soundfont ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A sound bank that is found, where none can be fetched."""
    path = tmp_path / "small.sf2"
    path.write_bytes(bytes(3_000_000))
    monkeypatch.setattr(soundfont, "find", lambda explicit, cache: soundfont.Bank(path, "Small"))
    monkeypatch.setattr(soundfont, "obtain", lambda cache, bank: None)
    monkeypatch.setattr(recordings, "obtain", lambda recording, folder: None)
    monkeypatch.setattr(patch, "all_ids", lambda: ["saw_lead", "warm_pad"])
    monkeypatch.setattr(build, "obtain", lambda name, folder: path)
    return path


def test_it_says_which_sounds_are_used_and_makes_our_own(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = run("soundfont")
    assert said.startswith(f"Small (3 MB): {bank}\n2 instruments of the site's own (6 MB): ")
    assert said.endswith("soundfonts/patches\n")
    monkeypatch.setattr(build, "obtain", lambda name, folder: bank if name == "saw_lead" else None)
    out, errors = io.StringIO(), io.StringIO()
    call_command("soundfont", stdout=out, stderr=errors)
    assert "1 instruments" in out.getvalue()
    assert "1 could not be made" in errors.getvalue()


def test_it_says_which_recordings_there_are_and_that_one_is_damaged(
    bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordings, "is_installed", lambda name, folder: True)
    monkeypatch.setattr(recordings, "find", lambda name, folder: bank if name == "recorded_bass" else None)
    out, errors = io.StringIO(), io.StringIO()
    call_command("soundfont", stdout=out, stderr=errors)
    assert "1 recorded instruments (3 MB): " in out.getvalue()
    assert "1 damaged, so others stand in for them: get them again with --fetch." in errors.getvalue()


def test_it_fetches_sounds_only_if_told_and_fails_quietly_if_told(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="could not be fetched"):
        run("soundfont", "--fetch")
    assert "Small" in run("soundfont", "--fetch", "--if-possible")

    def unwritable(cache: Path, bank: soundfont.Known) -> Path:
        raise PermissionError(13, "Permission denied", str(cache))

    monkeypatch.setattr(soundfont, "obtain", unwritable)
    with pytest.raises(CommandError, match="Permission denied"):
        run("soundfont", "--fetch")
    assert "Small" in run("soundfont", "--fetch", "--if-possible")


def test_without_room_for_the_whole_bank_it_fetches_the_smaller(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def obtain(cache: Path, wanted: soundfont.Known) -> Path | None:
        if wanted is soundfont.FULL:
            raise OSError(28, "25 MB are free, 720 needed", str(cache))
        return bank

    monkeypatch.setattr(soundfont, "obtain", obtain)
    assert "Small" in run("soundfont", "--fetch", "--full")
    monkeypatch.setattr(soundfont, "LITE", soundfont.FULL)
    with pytest.raises(CommandError, match="25 MB are free, 720 needed"):
        run("soundfont", "--fetch")


def test_it_fetches_the_whole_bank_if_told_and_the_smaller_where_that_is_not_to_be_had(
    bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(soundfont, "obtain", lambda cache, wanted: asked.append(wanted) or wanted is soundfont.LITE)
    run("soundfont", "--fetch")
    assert asked == [soundfont.LITE]
    run("soundfont", "--fetch", "--full")
    assert asked[1:] == [soundfont.FULL, soundfont.LITE]


def test_it_says_that_there_are_no_sounds(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(explicit: Path | None, cache: Path) -> soundfont.Bank:
        raise SoundfontMissing("There is no SoundFont x.sf2.")

    monkeypatch.setattr(soundfont, "find", missing)
    with pytest.raises(CommandError, match="no SoundFont x.sf2"):
        run("soundfont")

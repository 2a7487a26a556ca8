"""What every engine has to keep to: one suite, inherited by the tests of each of them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, ClassVar

import pyloudnorm
import pytest
import soundfile

from jobs.generators.base import STAGES, Generator, GeneratorError, Made, Order, Stopped
from jobs.music.brief import Brief
from jobs.music.words.understand import understand
from tests.music.id3 import read as read_tags

SEED = 7


class Contract:
    """Subclasses give ``engine`` (a fixture) and say what is special about theirs."""

    PROMPT: ClassVar[str] = "calm piano at 100 bpm"
    SECONDS: ClassVar[float] = 6.0
    REFUSED: ClassVar[dict[str, Any] | None] = None  # options of an order that the engine refuses
    MAKES_SOUND: ClassVar[bool] = True  # the dummy makes none
    CANCEL_SECONDS: ClassVar[float] = 5.0

    def brief(self, **options: Any) -> Brief:
        return understand(self.PROMPT, {"duration": self.SECONDS, **options}, SEED)

    def order(self, folder: Path, *formats: str, seed: int = SEED, **options: Any) -> Order:
        folder.mkdir(exist_ok=True)
        return Order(self.brief(**options), seed, folder, formats, kept=folder.parent / "kept")

    def make(self, engine: Generator, folder: Path, *formats: str, **options: Any) -> Made:
        return engine.generate(self.order(folder, *formats, **options), lambda stage, fraction: None)

    def test_it_has_nothing_to_complain_of(self, engine: Generator) -> None:
        assert engine.problems() == []

    def test_it_says_what_it_can_do(self, engine: Generator) -> None:
        can = engine.abilities
        assert engine.title
        assert can.shortest < can.longest
        assert can.shortest <= self.SECONDS <= can.longest
        assert can.repeatable <= ("seed" in can.hears or "duration" in can.hears)

    def test_it_refuses_an_unknown_option(self, engine: Generator) -> None:
        with pytest.raises(ValueError, match="colour"):
            type(engine)({"colour": "blue"})

    def test_its_files_are_valid_and_there_is_nothing_else(self, engine: Generator, tmp_path: Path) -> None:
        folder = tmp_path / "work"
        made = self.make(engine, folder, "flac", "wav")
        assert {path for path, _type in made.files.values()} == set(folder.iterdir())
        assert json.dumps(made.facts)
        for kind in {"audio", "flac", "wav"} & set(made.files):
            assert soundfile.info(made.files[kind][0]).duration == pytest.approx(made.duration, abs=0.05)
        if "peaks" in made.files:
            peaks = json.loads(made.files["peaks"][0].read_text())
            assert peaks["duration"] == pytest.approx(made.duration, abs=0.01)
            assert 0 < max(peaks["peaks"]) <= 255

    def test_its_length_is_as_ordered(self, engine: Generator, tmp_path: Path) -> None:
        made = self.make(engine, tmp_path / "work")
        assert made.duration == pytest.approx(self.SECONDS, abs=engine.abilities.tolerance)

    def test_it_is_as_loud_as_every_track_and_says_where_it_comes_from(self, engine: Generator, tmp_path: Path) -> None:
        if not self.MAKES_SOUND:
            pytest.skip("makes no sound")
        made = self.make(engine, tmp_path / "work")
        path, content_type = made.files["audio"]
        sound, rate = soundfile.read(path)
        assert (content_type, rate, sound.shape[1]) == ("audio/mpeg", 44100, 2)
        assert pyloudnorm.Meter(rate).integrated_loudness(sound) == pytest.approx(-14, abs=0.6)
        assert abs(sound).max() <= 10 ** (-1 / 20)
        assert made.facts["loudness"] == pytest.approx(-14, abs=0.1)
        tags = read_tags(path)
        assert tags["TXXX:PROMPT"] == self.PROMPT
        assert tags["TXXX:SEED"] == str(SEED)
        assert tags["TIT2"]

    def test_its_progress_never_goes_back(self, engine: Generator, tmp_path: Path) -> None:
        said: list[tuple[str, float | None]] = []
        engine.generate(self.order(tmp_path / "work"), lambda *told: said.append(told))
        fractions = [fraction for _stage, fraction in said if fraction is not None]
        assert fractions == sorted(fractions)
        assert fractions[-1] == pytest.approx(1.0)
        assert all(0 <= fraction <= 1 for fraction in fractions)
        assert {stage for stage, _fraction in said} <= set(STAGES)

    @pytest.mark.parametrize("why", ["cancelled", "lost", "timeout", "returned"])
    def test_it_stops_at_once_and_leaves_nothing(self, engine: Generator, tmp_path: Path, why: str) -> None:
        stopped_at = 0.0

        def stop(stage: str, fraction: float | None) -> None:
            nonlocal stopped_at
            if fraction is None or fraction > 0.01:
                stopped_at = stopped_at or time.monotonic()
                raise Stopped(why)

        with pytest.raises(Stopped) as raised:
            engine.generate(self.order(tmp_path / "work"), stop)
        assert raised.value.why == why
        assert time.monotonic() - stopped_at < self.CANCEL_SECONDS
        assert list((tmp_path / "work").iterdir()) == []

    def test_it_stops_in_the_last_step_and_leaves_nothing(self, engine: Generator, tmp_path: Path) -> None:
        def stop(stage: str, fraction: float | None) -> None:
            if stage == "encoding" or (stage == "rendering" and fraction == 1.0):
                raise Stopped("cancelled")

        with pytest.raises(Stopped):
            engine.generate(self.order(tmp_path / "work"), stop)
        left = [path.name for path in (tmp_path / "work").iterdir()]
        assert left == ([] if self.MAKES_SOUND else ["audio.wav"])

    def test_the_same_seed_makes_the_same_piece(self, engine: Generator, tmp_path: Path) -> None:
        if not engine.abilities.repeatable:
            pytest.skip("does not promise that")
        first, second = (self.make(engine, tmp_path / name) for name in ("first", "second"))
        (one, _), (two, _) = (soundfile.read(made.files["audio"][0]) for made in (first, second))
        assert one.shape == two.shape
        assert abs(one - two).max() == 0

    def test_it_classifies_what_it_refuses(self, engine: Generator, tmp_path: Path) -> None:
        if self.REFUSED is None:
            pytest.skip("refuses nothing")
        with pytest.raises(GeneratorError) as raised:
            self.make(engine, tmp_path / "work", **self.REFUSED)
        assert (raised.value.transient, raised.value.retryable) == (False, False)
        assert list((tmp_path / "work").iterdir()) == []

    def test_it_can_be_used_again_after_all_that(self, engine: Generator, tmp_path: Path) -> None:
        for name in ("first", "second"):
            with pytest.raises(Stopped):
                engine.generate(self.order(tmp_path / name), _never)
        assert self.make(engine, tmp_path / "third").files["audio"]


def _never(stage: str, fraction: float | None) -> None:
    raise Stopped("cancelled")

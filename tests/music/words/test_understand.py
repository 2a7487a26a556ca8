"""What must be understood from prompts: a table of them, and the rules behind it."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from jobs.music import styles
from jobs.music.brief import ARCS, METRES, MODES, MOODS, TONICS, Brief
from jobs.music.instruments import INSTRUMENTS
from jobs.music.words.form import EXCLUDABLE
from jobs.music.words.understand import REMARK_CODES, understand
from jobs.music.words.vocabulary import vocabulary
from tests.music.prompts import CORPUS


def codes(brief: Brief) -> dict[str, dict[str, Any]]:
    return {remark.code: dict(remark.values) for remark in brief.remarks}


def assert_valid(brief: Brief) -> None:
    assert Brief.from_json(json.loads(json.dumps(brief.to_json()))) == brief
    assert brief.style in styles.all_ids()
    assert set(brief.instruments) <= set(INSTRUMENTS)
    assert set(brief.excluded) <= set(EXCLUDABLE)
    for id_ in brief.instruments:
        assert not {id_, INSTRUMENTS[id_].family} & set(brief.excluded)
    assert brief.title.strip()
    for remark in brief.remarks:
        assert tuple(remark.values) == REMARK_CODES[remark.code]


def matches(got: Any, wanted: Any) -> bool:
    """A set or dict is a part of what must be there, a pair in a list a range, everything else the value itself."""
    if isinstance(wanted, dict):
        return wanted.items() <= dict(got).items()
    if isinstance(wanted, set):
        return wanted <= set(got)
    if isinstance(wanted, list):
        return bool(wanted[0] <= got <= wanted[1])
    return bool(got == wanted)


@pytest.mark.parametrize(("prompt", "wanted"), CORPUS, ids=[prompt for prompt, _ in CORPUS])
def test_it_understands(prompt: str, wanted: dict[str, Any]) -> None:
    brief = understand(prompt)
    assert_valid(brief)
    got = {name: getattr(brief, name) for name in wanted if name not in ("remarks", "no_remarks", "lacks")}
    if "remarks" in wanted:
        got["remarks"] = codes(brief)
    assert {name: value for name, value in got.items() if not matches(value, wanted[name])} == {}
    assert not set(wanted.get("no_remarks", ())) & set(codes(brief))
    for name, absent in wanted.get("lacks", {}).items():
        assert not set(absent) & set(getattr(brief, name)), name


def test_the_corpus_is_large_and_half_korean() -> None:
    korean = [prompt for prompt, _ in CORPUS if understand(prompt).language == "ko"]
    assert len({prompt for prompt, _ in CORPUS}) == len(CORPUS) >= 150
    assert len(korean) >= 75


def test_it_gives_the_same_brief_for_the_same_words_options_and_seed() -> None:
    options = {"energy": 0.4, "moods": ["calm"]}
    assert understand("피아노", options, 7) == understand("피아노", options, 7)


def test_another_seed_fills_the_gaps_otherwise_but_keeps_what_was_said() -> None:
    briefs = [understand("sad jazz, 2 min", seed=seed) for seed in range(30)]
    assert {(brief.style, brief.duration, brief.mode) for brief in briefs} == {("jazz", 120.0, "minor")}
    assert len({brief.tonic for brief in briefs}) > 4
    assert len({brief.tempo for brief in briefs}) > 4
    assert len({brief.title for brief in briefs}) > 20


@pytest.mark.parametrize(
    ("prompt", "usual"),
    [("metal in minor", "EADBF#"), ("jazz in major", "BbEbAbFCG"), ("a fiddle reel, celtic, major", "DGACF")],
)
def test_keys_are_those_that_lie_under_the_hands_of_who_plays(prompt, usual):
    tonics = [understand(prompt, seed=seed).tonic for seed in range(40)]
    assert len(set(tonics)) >= 4
    assert sum(tonic in usual for tonic in tonics) >= 32


def test_a_seed_is_not_the_same_key_in_every_style():
    tonics = {understand(styles.get(style).name, seed=2).tonic for style in styles.all_ids()}
    assert len(tonics) >= 8


def test_a_field_that_is_set_leaves_the_others_as_they_were() -> None:
    free, fixed = understand("folk", seed=3), understand("folk", {"duration": 33, "metre": "3/4"}, seed=3)
    assert (free.tempo, free.key, free.energy) == (fixed.tempo, fixed.key, fixed.energy)


def test_it_says_where_every_field_came_from() -> None:
    brief = understand("sad waltz, 90 bpm, no drums", {"energy": 0.9}, seed=1)
    fields = {"style", "tempo", "tonic", "mode", "metre", "duration", "energy", "moods", "instruments", "excluded"}
    course = {"fusion", "chords", "section_chords", "sections", "places"}
    assert set(brief.sources) == fields | course | {"arc", "master", "title"}
    assert {name: brief.sources[name] for name in ("style", "tempo", "excluded", "metre")} == {
        "style": "words", "tempo": "words", "excluded": "words", "metre": "words",
    }  # fmt: skip
    assert brief.sources["energy"] == "form"
    assert brief.sources["mode"] == "mood"
    assert brief.sources["tonic"] == "seed"
    assert brief.sources["duration"] == "style"


OVERRIDES: list[tuple[str, Any, str, Any]] = [
    ("style", "jazz", "style", "jazz"),
    ("tempo", 100, "tempo", 100.0),
    ("key", "Eb", "tonic", "Eb"),
    ("key", "F# dorian", "key", "F# dorian"),
    ("key", "Gb major", "key", "F# major"),
    ("key", "b minor", "key", "B minor"),
    ("key", "A", "tonic", "A"),
    ("key", "라단조", "key", "D minor"),
    ("mode", "lydian", "mode", "lydian"),
    ("metre", "6/8", "metre", "6/8"),
    ("duration", 12.5, "duration", 12.5),
    ("energy", 1, "energy", 1.0),
    ("moods", ["epic"], "moods", ("epic",)),
    ("instruments", ["harp", "harp"], "instruments", ("harp",)),
    ("excluded", ["bass"], "excluded", ("bass",)),
    ("arc", "burst", "arc", "burst"),
    ("master", "loud", "master", "loud"),
    ("title", "  My\u0000 song\n ", "title", "My song"),
]


@pytest.mark.parametrize(("option", "value", "field", "wanted"), OVERRIDES)
def test_the_form_overrides_the_words(option: str, value: Any, field: str, wanted: Any) -> None:
    prompt = "calm lo-fi piano, no drums, 80 bpm, C minor, 4/4, 60 seconds, builds up"
    brief = understand(prompt, {option: value})
    assert getattr(brief, field) == wanted
    assert brief.sources["tonic" if field == "key" else field] == "form"
    assert_valid(brief)


def test_an_instrument_asked_for_in_the_form_is_no_longer_excluded_by_the_words() -> None:
    brief = understand("rock without drums", {"instruments": ["power_drums"]})
    assert brief.instruments == ("power_drums",)
    assert "power_drums" not in brief.excluded
    assert "drums" not in brief.excluded


def test_an_instrument_excluded_in_the_form_is_no_longer_asked_for_by_the_words() -> None:
    assert understand("rock with organ", {"excluded": ["organ"]}).instruments == ()


def test_an_instrument_that_is_kept_is_not_refused_with_its_family() -> None:
    brief = understand("drift phonk drum kit no 808 and drum kit", seed=1)
    assert brief.instruments == ("tr808",)
    assert not {"tr808", "drums"} & set(brief.excluded)


def test_what_the_form_settles_is_no_conflict() -> None:
    words = "jazz and metal, 80 bpm, 120 bpm, A minor, C major, 3/4, 6/8, 400 minutes, happy sad"
    form = {"style": "pop", "tempo": 100, "key": "D major", "metre": "4/4", "duration": 30, "moods": ["calm"]}
    assert codes(understand(words, form)) == {}
    assert len(codes(understand(words))) >= 6


def test_empty_options_are_open() -> None:
    blank = {"style": "", "tempo": None, "key": "", "instruments": [], "moods": (), "title": ""}
    assert understand("jazz", blank) == understand("jazz")


WRONG: list[tuple[str, Any]] = [
    ("style", "shoegaze"), ("style", 3), ("tempo", "fast"), ("tempo", 39.9), ("tempo", 241), ("tempo", True),
    ("tempo", float("nan")), ("key", "H minor"), ("key", "A minor please"), ("key", 5), ("mode", "sad"),
    ("metre", "5/3"), ("duration", 4), ("duration", 301), ("duration", float("inf")), ("energy", -0.1), ("energy", "1"),
    ("moods", "calm"), ("moods", ["nice"]), ("moods", [1]), ("instruments", ["kazoo"]), ("instruments", [["piano"]]),
    ("excluded", ["everything"]), ("arc", "up"), ("master", "mute"),
    ("title", 7), ("title", "x" * 500), ("title", " \u0000 "),
    ("volume", 11),
]  # fmt: skip


@pytest.mark.parametrize(("option", "value"), WRONG)
def test_a_wrong_option_is_an_error_that_names_it(option: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"^{option}: "):
        understand("jazz", {option: value})


def test_a_mode_against_the_key_is_an_error_that_names_one_of_them() -> None:
    for options in ({"key": "A minor", "mode": "major"}, {"mode": "major", "key": "A minor"}):
        with pytest.raises(ValueError, match="^mode: "):
            understand("", options)


HOSTILE = [
    "",
    " ",
    "\0",
    "\0\0jazz\0",
    "🎹🎸🔥",
    "موسيقى هادئة",
    "\u202erock\u202c",
    "<img src=x onerror=alert(1)>",
    "{a} {n} {}",
    "%s %d %(x)s",
    "a" * 10_000,
    "록" * 10_000,
    "no " * 3_333,
    "no drums, " * 1_000,
    "피아노만 " * 2_000,
    "드럼과 " * 2_500 + "없이",
    "only piano and " * 600,
    "1" * 10_000,
    "1분 " * 3_000,
    "9" * 5_000 + " bpm",
    "1:" * 5_000,
    "A minor " * 1_250,
    "#" * 10_000,
    "가" * 10_000,
    "lo-" * 3_000,
    "\n" * 10_000,
    "-" * 10_000,
    "\ud800 rock",
    "80~" * 3_000 + "bpm",
    "at 1 " * 2_000,
    "very " * 2_000 + "calm",
    "e\u0301" * 5_000,
    "İstanbul ß ﬁ ½ ² Ⅷ ㎨",
    "점점 " * 3_000,
    "0 bpm",
    "0 seconds",
    "0/4",
    "-5 minutes",
    "1e309 bpm",
    "٣ دقائق",
    "한" * 5_000 + "시간",
]


@pytest.mark.parametrize("prompt", HOSTILE, ids=range(len(HOSTILE)))
def test_no_prompt_raises(prompt: str) -> None:
    assert_valid(understand(prompt))


def test_nothing_musical_still_gives_a_piece_and_says_so() -> None:
    brief = understand("", seed=5)
    assert codes(brief) == {"nothing_musical": {}, "style_assumed": {"style": brief.style}}


def test_what_is_denied_is_not_played() -> None:
    for seed in range(20):
        assert understand("anything but jazz or rock", seed=seed).style not in ("jazz", "rock")
        assert understand("록 말고 신나는 음악", seed=seed).style != "rock"
        assert understand("not minor", seed=seed).mode == "major"


def test_an_assumed_style_suits_what_was_said() -> None:
    for seed in range(20):
        assert "3/4" in styles.get(understand("in 3/4", seed=seed).style).metres
        low, high = styles.get(understand("174 bpm", seed=seed).style).tempo
        assert low * 0.9 <= 174 <= high * 1.1
        assert styles.get(understand("very calm", seed=seed).style).energy < 0.5
        assert understand("epic", seed=seed).style == "cinematic"


def test_no_style_is_out_of_reach_of_the_words() -> None:
    reached = {concept.style for concept in vocabulary().concepts if concept.kind == "style"}
    assert reached == set(styles.all_ids())


def test_every_style_answers_to_its_own_names() -> None:
    for id_ in styles.all_ids():
        style = styles.get(id_)
        assert understand(style.name).style == id_
        assert understand(style.name_ko).style == id_


def test_the_vocabulary_speaks_of_what_exists() -> None:
    for concept in vocabulary().concepts:
        ids = {concept.id, *concept.by.values()} - {""}
        assert ids <= set(INSTRUMENTS), concept
        assert set(concept.out) <= set(EXCLUDABLE), concept
        assert set(concept.moods) <= set(MOODS), concept
        assert {concept.style, concept.hint, *concept.by} - {"", "*"} <= set(styles.all_ids()), concept
        assert concept.mode in ("", *MODES), concept
        assert concept.metre in ("", *METRES), concept
        assert concept.arc in ("", *ARCS), concept
        for word in concept.instruments:
            assert vocabulary().words[word].kind == "instrument"


def test_every_instrument_can_be_asked_for() -> None:
    reached = {id_ for concept in vocabulary().concepts for id_ in (concept.id, *concept.by.values())}
    assert set(INSTRUMENTS) - reached <= {"choir_pad", "bowed_pad", "halo_pad", "fifths_lead", "room_drums"} | {""}


@pytest.mark.parametrize("seed", range(40))
def test_any_mixture_of_its_words_gives_a_valid_brief(seed: int) -> None:
    chance = random.Random(seed)
    words = sorted(vocabulary().words)
    tails = sorted(vocabulary().tails)
    glue = [" ", " ", " ", ", ", "", "-", "\n", " and ", " 없이 ", " no ", " only ", ". "]
    figures = ["80 bpm", "3/4", "90s", "1:30", "60 seconds", "라단조", "A minor", "1분 30초", "7/8", "1980s", "Bb"]
    for _ in range(12):
        picked = [chance.choice([chance.choice(words), chance.choice(words), chance.choice(figures)]) for _ in range(9)]
        prompt = "".join(word + chance.choice(["", "", *tails]) + chance.choice(glue) for word in picked)
        brief = understand(prompt, seed=seed)
        assert_valid(brief)
        assert brief.tonic in TONICS


@pytest.mark.parametrize(("prompt", "seconds"), [("calm piano, 30 s", 30), ("30 s of jazz", 30), ("1 min 30 s", 90)])
def test_a_unit_may_stand_apart(prompt: str, seconds: float) -> None:
    assert understand(prompt).duration == seconds


def test_more_bars_of_chords_than_the_piece_has_are_remarked_on() -> None:
    crowded = codes(understand("chords: C G Am F C G F C, 120 bpm, 8 seconds, pop 4/4"))
    assert crowded["chords_crowded"] == {"asked": 8, "used": 4}
    assert "chords_crowded" not in codes(understand("pop, chords: C G Am F, 60 seconds"))


def test_more_sections_than_there_is_time_for_are_remarked_on() -> None:
    song = "pop 4/4, verse chorus verse chorus bridge chorus, 120 bpm"
    assert codes(understand(f"{song}, 12 seconds"))["sections_cut"] == {"asked": 6, "used": 3}
    assert "sections_cut" not in codes(understand(f"{song}, 90 seconds"))


def test_a_drop_at_a_time_does_not_make_the_beginning_loud() -> None:
    brief = understand("house with a drop at 0:45")
    assert [(place.what, place.where) for place in brief.places] == [("drop", 45.0)]
    assert brief.arc == "wave"


@pytest.mark.parametrize(("when", "outside"), [("0:45", False), ("0:01", True), ("1:40", True), ("3:00", True)])
def test_a_section_at_a_time_that_the_piece_does_not_have_is_remarked_on(when: str, outside: bool) -> None:
    brief = understand(f"house, drop at {when}, 100 seconds")
    assert brief.duration == 100
    assert ("place_outside" in codes(brief)) == outside


def test_acoustic_beside_a_genre_leaves_out_what_is_plugged_in_unless_it_is_asked_for() -> None:
    assert {"synth", "distortion_guitar"} <= set(understand("acoustic rock").excluded)
    asked = understand("acoustic pop with a warm pad")
    assert_valid(asked)
    assert "pad" not in asked.excluded
    assert "synth" in asked.excluded
    assert understand("acoustic folk").excluded == understand("folk").excluded == ()
    assert understand("acoustic rock", {"style": "metal"}).excluded == ()


@pytest.mark.parametrize(
    ("prompt", "said"),
    [("국악 세마치 장단", False), ("세마치 팝", True), ("gugak in semachi", False), ("국악 9/8", False)],
)
def test_semachi_is_played_where_quarters_divide_into_thirds(prompt: str, said: bool) -> None:
    brief = understand(prompt, {}, 1)
    assert brief.metre == "3/4"
    assert ("metre_unavailable" in codes(brief)) == said

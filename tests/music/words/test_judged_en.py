"""Rules that came of 90 English prompts of a judge who had not read the rules."""

import pytest

from jobs.music.brief import Place
from jobs.music.words.numbers import find_figures
from jobs.music.words.spelling import mend
from jobs.music.words.understand import understand


@pytest.mark.parametrize(
    ("prompt", "sections"),
    [
        ("intro: vinyl crackle, drop: halftime dubstep, outro: rhodes again", ("intro", "drop", "outro")),
        ("(verse 1) bass guitar (pre chorus) strings (chorus) punk guitars", ("verse", "build", "chorus")),
        ("Intro - harp. Verse - cello. Chorus - orchestra.", ("intro", "verse", "chorus")),
        ("verse: bass, build: snares, drop: dubstep", ("verse", "build", "drop")),
        ("Intro, verse, chorus, outro. Pop", ("intro", "verse", "chorus", "outro")),
        ("Verse, chorus. Bridge, solo. Pop song", ()),
        ("intro: harp, outro: cello. Folk", ()),
        ("structure: intro verse chorus outro. Chorus: guitars, verse: piano", ("intro", "verse", "chorus", "outro")),
    ],
)
def test_sections_are_read_from_the_heads_of_what_they_sound_like(prompt: str, sections: tuple[str, ...]) -> None:
    assert understand(prompt).sections == sections


def test_a_timeline_has_moments_and_at_its_end_the_length() -> None:
    brief = understand("0:00-0:30 ambient pads, 0:30-1:00 drums enter, 1:00-1:30 full band rock")
    assert (brief.duration, brief.sources["duration"]) == (90.0, "words")
    assert Place("without", "drums", "before 30") in brief.places
    assert not [remark for remark in brief.remarks if remark.code.startswith("duration")]
    moments = understand("0:00 intro, 0:20 verse, 0:45 chorus, house music")
    assert (moments.sources["duration"], moments.duration) == ("style", understand("house music").duration)


@pytest.mark.parametrize(
    ("prompt", "duration"),
    [("style=funk, duration=60", 60.0), ("length=90 key=Dm techno", 90.0), ("90ish seconds of bossa", 90.0)],
)
def test_a_length_is_read_from_its_label(prompt: str, duration: float) -> None:
    brief = understand(prompt)
    assert (brief.duration, brief.sources["duration"]) == (duration, "words")


def test_a_length_in_bars_is_none_in_seconds() -> None:
    assert understand("techno, length: 32 bars").sources["duration"] == "style"


@pytest.mark.parametrize(
    ("prompt", "tempo"),
    [
        ("a swing blues, 140ish", 140.0),
        ("boom bap around 92 ish", 92.0),
        ("hyperpop glitchy pitched up 165", 165.0),
        ("punk in the manner of blink 182", None),
        ("deep house for my shop on route 101", None),
    ],
)
def test_a_number_at_the_end_is_a_tempo_where_the_style_has_it(prompt: str, tempo: float | None) -> None:
    brief = understand(prompt)
    assert (brief.tempo if brief.sources["tempo"] == "words" else None) == tempo


def test_none_behind_a_label_refuses() -> None:
    brief = understand("Style: house | Drums: none | Vocals: none")
    assert "drums" in brief.excluded
    assert "instrumental_only" not in [remark.code for remark in brief.remarks]


def test_miner_is_a_mode_and_a_man() -> None:
    brief = understand("guitar piece in e miner")
    assert (brief.tonic, brief.mode) == ("E", "minor")
    assert understand("a miner's song, folk").sources["tonic"] == "seed"


def test_slips_within_words_for_moods_and_an_e_too_many() -> None:
    assert mend("upbeet with a choire")[0] == "upbeat with a choir"
    assert mend("cheese placed by the grande bubble")[0] == "cheese placed by the grande bubble"


@pytest.mark.parametrize(
    ("lyrics", "style"),
    [
        ("[Verse 1]\nI left my boots beside the door\nThe metal gate is mine\n\nslow country waltz, fiddle", "country"),
        ("Lyrics:\nThe metal rusts, the river bends\nThe blues I had are gone\n\nMake it a folk ballad", "folk"),
        ("Lyrics:\nI miss you so, my love\nThe metal rusts\n\nsad jazz ballad, piano", "jazz"),
        ("Upbeat soul with horns:\n\nBaby you're the metal of my street\nI got dancing feet", "soul"),
    ],
)
def test_what_is_sung_orders_no_music_and_directions_around_it_do(lyrics: str, style: str) -> None:
    brief = understand(lyrics)
    assert (brief.style, brief.sources["style"]) == (style, "words")
    assert brief.fusion not in ("metal", "blues")
    assert "instrumental_only" in [remark.code for remark in brief.remarks]


def test_a_list_below_a_colon_is_not_sung() -> None:
    brief = understand("slow jazz trio:\npiano\ndouble bass\nbrushed drums")
    assert brief.instruments == ("piano", "upright_bass", "brush_drums")
    assert "instrumental_only" not in [remark.code for remark in brief.remarks]


def test_the_second_half_in_another_style_is_a_turn() -> None:
    brief = understand("first half tango, second half techno")
    assert brief.places == (Place("style", "tango", "start"), Place("style", "techno", "end"))
    assert "style_conflict" not in [remark.code for remark in brief.remarks]


@pytest.mark.parametrize(
    ("prompt", "arc"),
    [
        ("a slow gospel piano that explodes into a fast choir", "burst"),
        ("a car chase, getting faster and wilder", "build"),
        ("ambient, it should go somewhere", "build"),
    ],
)
def test_words_for_how_a_piece_goes_on(prompt: str, arc: str) -> None:
    brief = understand(prompt)
    assert (brief.arc, brief.sources["arc"]) == (arc, "words")


@pytest.mark.parametrize(
    ("prompt", "style", "instrument"),
    [
        ("jazz bar, brushes, upright, piano", "jazz", "upright_bass"),
        ("sounds like the 60s, surf guitar", "rock", "clean_guitar"),
        ("7/8 balkan brass at breakneck speed", "balkan", "brass"),
        ("hyperpop bubblegum, piano", "hyperpop", "piano"),
    ],
)
def test_words_that_name_who_plays(prompt: str, style: str, instrument: str) -> None:
    brief = understand(prompt)
    assert brief.style == style
    assert instrument in brief.instruments


def test_angst_and_being_watched_are_moods() -> None:
    assert "tense" in understand("nu metal angst").moods
    assert "dark" in understand("abandoned carnival, something is watching you").moods


def test_a_length_figure_is_the_number_alone() -> None:
    text = "duration=60"
    assert [text[figure.start : figure.end] for figure in find_figures(text)] == ["60"]


@pytest.mark.parametrize(
    ("prompt", "style"),
    [
        ("no edm!!! i want real instruments, a folk band, happy", "folk"),
        ("I want a swing band, clarinet lead", "jazz"),
        ("in-store music for a surf shop, laid back reggae", "reggae"),
        ("in-store music", "easy_listening"),
    ],
)
def test_a_band_plays_its_style_and_a_place_gives_way_to_a_genre(prompt: str, style: str) -> None:
    brief = understand(prompt)
    assert (brief.style, brief.sources["style"]) == (style, "words")
    assert not brief.remarks


def test_a_name_is_told_without_its_possessive() -> None:
    remarks = understand("similar to Radiohead's softer songs but with a trumpet").remarks
    assert [remark.values for remark in remarks if remark.code == "artist_not_followed"] == [{"name": "Radiohead"}]


def test_bars_stand_between_the_sections_of_a_row() -> None:
    assert understand("verse 8 bars, chorus 8 bars, bridge 4 bars, pop").sections == ("verse", "chorus", "bridge")


@pytest.mark.parametrize(
    ("prompt", "arc"),
    [
        ("house, funkier and funkier", "build"),
        ("drums get wilder, samba", "build"),
        ("strings that get slower and softer", "fade"),
        ("folk about two friends growing older together", ""),
    ],
)
def test_comparatives_tell_of_a_course(prompt: str, arc: str) -> None:
    brief = understand(prompt)
    assert (brief.arc if brief.sources["arc"] == "words" else "") == arc


def test_who_is_left_at_the_end_is_not_alone_throughout() -> None:
    assert understand("gets quieter until only a music box is left").excluded == ()


def test_a_studio_that_somebody_runs_is_a_use() -> None:
    assert understand("I run a small yoga studio and want warm pads").moods == understand("music for yoga").moods

"""The rules that two hundred more prompts brought to light, written by nobody who had seen the rules."""

import pytest

from jobs.music.brief import Place
from jobs.music.words.names import find_names
from jobs.music.words.spelling import mend
from jobs.music.words.text import normalise
from jobs.music.words.understand import understand


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("fat beatz, no drumz", "fat beats, no drums"),
        ("danse music", "dance music"),  # letters taken for each other
        ("gitar and violen", "guitar and violin"),  # not "violent"
        ("chello", "cello"),
        ("바이올링", "바이올린"),
        ("she might read at the table in June", "she might read at the table in June"),
        ("metallic scrapes", "metallic scrapes"),
    ],
)
def test_words_spelt_by_ear_are_mended(written: str, meant: str) -> None:
    assert mend(written)[0] == meant


@pytest.mark.parametrize(
    ("prompt", "tempo"),
    [
        ("drill 140 dark", 140),
        ("어두운 드릴 비트 140 슬라이딩 808", 140),
        ("하드스타일 만들어줘 150으로", 150),
        ("빠르기 백십, 왈츠", 110),
        ("jazz for 80 guests", None),
        ("rock for 80 dark nights", None),
        ("road trip rock, no sleep", None),
    ],
)
def test_a_bare_number_is_a_tempo_between_words_for_how_it_sounds(prompt: str, tempo: float | None) -> None:
    brief = understand(prompt)
    assert (brief.tempo if brief.sources["tempo"] == "words" else None) == tempo


@pytest.mark.parametrize(
    ("prompt", "seconds"),
    [
        ("Deep house – 122 BPM – Gm – 3:00 – warm pads", 180),
        ("30-sec podcast outro, lofi", 30),
        ("lofi with a 30 sec podcast outro", None),
        ("a waltz, two minutes thirty", 150),
    ],
)
def test_a_length_is_heard_in_a_row_and_where_the_piece_is_a_part(prompt: str, seconds: float | None) -> None:
    brief = understand(prompt)
    assert (brief.duration if brief.sources["duration"] == "words" else None) == seconds


def test_dashes_part_a_list_and_no_chords() -> None:
    assert normalise("jazz – warm pads – slow") == "jazz, warm pads, slow"
    assert normalise("Am - F - C") == "Am F C"


@pytest.mark.parametrize(
    ("prompt", "style"),
    [
        ("a rock opera overture", "rock"),
        ("techno symphony", "techno"),
        ("an overture", "classical"),
        ("My country house burned down. Ballad.", "ballad"),
        ("a house built on a rock, gospel choir", "gospel"),
        ("재즈라는 이름의 고양이, 왈츠로", "waltz"),
        ("클럽에서 만난 그녀, 어쿠스틱 기타", "folk"),
        ("클럽에서 틀 음악", "house"),
        ("make a beat, piano and strings", "hiphop"),
        ("Hindustani classical", "indian"),
        ("genre: indie pop, lyrics: 'we danced the tango all night'", "indie"),
        ("a march for the carnival", "march"),
        ("록 페스티벌 끝나고 듣는 인디", "indie"),
        ("재즈 느낌 한 스푼 넣은 로파이", "lofi"),
        ("메탈 젓가락으로 장단 맞추던 그 시절 트로트", "trot"),
        ("메탈 리프로 시작", "metal"),
        ("a robot cleaning a jazz club, sad ballad", "ballad"),
        ("She is in a metal band. Tell her story as a sea shanty!", "sea_shanty"),
        ("an old house by the river, slow country", "country"),
        ("electronic but no four on the floor", "house"),
    ],
)
def test_what_is_only_told_sets_no_style(prompt: str, style: str) -> None:
    assert {understand(prompt, seed=seed).style for seed in range(4)} == {style}


@pytest.mark.parametrize(
    ("prompt", "instruments"),
    [
        ("hard techno, acid", {"acid_bass"}),
        ("synthpop, catchy lead", {"saw_lead"}),
        ("올림다단조 피아노 소나타", {"piano"}),
        ("트랩, 음산한 벨 소리", {"glockenspiel"}),
        ("house with handpan", {"steel_drums"}),
        ("piano pop", {"piano"}),
    ],
)
def test_words_bring_their_instruments(prompt: str, instruments: set[str]) -> None:
    assert instruments <= set(understand(prompt).instruments)


def test_a_handpan_is_said_to_be_missing() -> None:
    told = [remark.values for remark in understand("house with handpan").remarks]
    assert {"asked": "handpan", "used": "steel_drums"} in told


def test_what_is_refused_as_a_melody_is_the_instrument_that_follows() -> None:
    assert {"melody", "distortion_guitar"} <= set(understand("metal, no melody lead guitar").excluded)


def test_a_joke_takes_back_what_was_refused_before_it() -> None:
    assert understand("metal without distortion? just kidding, heavy").excluded == ()
    assert "drums" in understand("no drums. metal without distortion? just kidding").excluded


@pytest.mark.parametrize(
    ("prompt", "moods"),
    [
        ("quiet but tense", {"calm", "tense"}),
        ("조용하지만 긴장감 있는 곡", {"calm", "tense"}),
        ("밝은 척하지만 사실은 슬픈 노래", {"sad"}),
        ("the detective lights a cigarette", {"mysterious"}),  # nouns of scenes lend their mood
    ],
)
def test_moods_may_be_set_against_each_other(prompt: str, moods: set[str]) -> None:
    assert set(understand(prompt).moods) == moods


def test_what_is_sad_and_gentle_is_not_fast() -> None:
    assert all(understand("My cat died. Something gentle.", seed=seed).tempo <= 100 for seed in range(6))


def test_korean_names_of_styles_are_no_names_of_people() -> None:
    assert not list(find_names("빡센 하드스타일 만들어줘"))
    assert [named.name for named in find_names("아이유 스타일 노래")] == ["아이유"]


def test_a_row_of_korean_sections_is_a_form_and_no_choir() -> None:
    brief = understand("벌스-코러스-벌스-코러스-브릿지-코러스 구성의 팝록")
    assert brief.sections == ("verse", "chorus", "verse", "chorus", "bridge", "chorus")
    assert "choir" not in brief.instruments
    assert "choir" in understand("웅장한 코러스가 있는 록").instruments


@pytest.mark.parametrize(
    ("prompt", "place"),
    [
        ("harp, then the strings come in at 0:40", Place("without", "strings", "before 40")),
        ("at the chorus the trumpet enters, pop", Place("without", "trumpet", "before chorus")),
        ("테크노, 중간에 해금이 들어오는 곡", Place("without", "haegeum", "before middle")),
    ],
)
def test_who_comes_in_somewhere_is_silent_before(prompt: str, place: Place) -> None:
    assert place in understand(prompt).places


def test_who_comes_in_nowhere_in_particular_is_not_silenced() -> None:
    assert understand("starts with just piano, then strings enter, ends quietly").places == ()


@pytest.mark.parametrize(
    ("prompt", "where"),
    [("piano only for the first half, then full orchestra", "before middle"), ("1절은 피아노만, 발라드", "verse")],
)
def test_who_is_alone_at_one_place_is_not_alone_elsewhere(prompt: str, where: str) -> None:
    brief = understand(prompt)
    assert not brief.excluded
    assert Place("without", "strings", where) in brief.places
    assert not [place for place in brief.places if place.name == "keys"]


def test_alone_without_a_place_is_alone_throughout() -> None:
    assert "strings" in understand("only piano, a waltz").excluded


def test_only_among_its_own_where_another_of_them_is_refused() -> None:
    brief = understand("rock. Do not use distortion. Clean guitars only.")
    assert brief.excluded == ("distortion_guitar",)
    assert "drums" in understand("solo classical guitar playing a gentle melody").excluded


def test_a_country_waltz_is_a_waltz() -> None:
    brief = understand("country waltz")
    assert (brief.style, brief.metre) == ("country", "3/4")


def test_a_player_of_an_instrument_is_no_instrument() -> None:
    assert "harp" not in understand("a song about a DJ who loves a harp player: indie pop").instruments
    assert "harp" in understand("a song about a DJ: indie pop with harp").instruments


def test_a_solo_in_the_music_of_a_band_is_one_inside() -> None:
    assert understand("hip hop, solo trumpet").excluded == ()
    assert understand("올드팝 느낌, 색소폰 솔로 필수").excluded == ()


def test_a_korean_verb_that_is_denied_takes_nothing_else_with_it() -> None:
    assert understand("공부할 때 듣는 피아노 음악이요 너무 처지지 않게").excluded == ()

"""Rules that came of Korean prompts of a judge who had not read the rules, and of further ones by one who had."""

import pytest

from jobs.music.brief import Place
from jobs.music.words.understand import understand


@pytest.mark.parametrize(
    "prompt", ["발라드인데 너무 처지지는 않게", "발라드인데 질질 끌지도 않게", "발라드인데 질척거리지만 않게"]
)
def test_a_refused_verb_leaves_the_style_before_it(prompt: str) -> None:
    brief = understand(prompt)
    assert (brief.style, brief.sources["style"]) == ("ballad", "words")


@pytest.mark.parametrize(("prompt", "source"), [("재즈긴 재즈인데 쉬운 거", "style"), ("긴 재즈 노래", "words")])
def test_what_it_is_for_all_that_is_no_length(prompt: str, source: str) -> None:
    assert understand(prompt).sources["duration"] == source


def test_an_only_below_the_head_of_a_section_holds_there() -> None:
    brief = understand("intro: 피아노 솔로, verse: 드럼이랑 베이스 들어옴, outro: 다시 피아노만. 장르: 모던록")
    assert (brief.style, brief.excluded) == ("rock", ())
    assert brief.sections == ("intro", "verse", "outro")
    assert Place("without", "drums", "outro") in brief.places


@pytest.mark.parametrize(
    ("prompt", "seconds"),
    [
        ("앞부분 30초는 잔잔하게, 뒤 30초는 신나게 총 1분", 60),
        ("첫 20초 피아노, 나머지 40초는 밴드, 전체 1분 록", 60),
        ("후반부 1분은 웅장하게, 3분짜리 시네마틱", 180),
        ("처음 10초는 조용하다가 그 다음 50초는 터지는 1분짜리 예고편 음악", 60),
        ("다음 3분짜리 영상용 팝", 180),
    ],
)
def test_the_length_of_a_part_is_not_that_of_the_piece(prompt: str, seconds: float) -> None:
    brief = understand(prompt)
    assert brief.duration == seconds
    assert "duration_conflict" not in {remark.code for remark in brief.remarks}


def test_humming_in_place_of_lyrics_does_not_silence_the_band() -> None:
    assert "drums" not in understand("가사는 없고 허밍만, 보사노바").excluded
    assert "drums" in understand("보사노바, 피아노만").excluded
    assert "drums" in understand("가사 없이 합창과 오르간만").excluded


@pytest.mark.parametrize(
    ("last", "style"),
    [("슬픈 알앤비 발라드로, 여성 보컬", "soul"), ("신나는 디스코, 슬랩 베이스", "disco"), ("재즈 70bpm", "jazz")],
)
def test_the_last_line_below_lyrics_orders_music(last: str, style: str) -> None:
    brief = understand(f"[Verse 1]\n창밖엔 또 비가 내리고\n[Chorus]\n돌아와줘 제발\n이 밤이 가기 전에\n\n{last}")
    assert (brief.style, brief.sources["style"]) == (style, "words")


@pytest.mark.parametrize(
    "prompt", ["옷가게 매장음악, 세련된 하우스", "store music, deep house", "엘리베이터 음악, 하우스"]
)
def test_music_of_a_room_is_of_the_genre_that_is_named(prompt: str) -> None:
    assert understand(prompt).style == "house"


def test_the_music_of_a_room_alone_is_easy_listening() -> None:
    assert understand("매장 음악").style == "easy_listening"


@pytest.mark.parametrize(
    ("prompt", "tempo"),
    [
        ("100정도의 어쿠스틱 포크", 100),
        ("하우스 124쯤으로", 124),
        ("드럼앤베이스 정갈한 174 부드러운 패드", 174),
    ],
)
def test_a_bare_number_about_the_tempo_is_one(prompt: str, tempo: float) -> None:
    assert understand(prompt).tempo == tempo


def test_a_rhythm_guitar_is_a_guitar() -> None:
    assert understand("펑키한 리듬기타 디스코").instruments == ("clean_guitar",)


def test_what_is_refused_in_another_clause_is_not_the_style() -> None:
    assert understand("힙합인데 욕설같은건 말고 밝게").style == "hiphop"
    assert understand("힙합 느낌 말고 밝게").style != "hiphop"


def test_a_section_may_head_a_line_with_a_dash() -> None:
    brief = understand("인트로 - 바람소리와 대금\n드롭 - 트랩비트\n아웃트로 - 가야금만\n국악 트랩")
    assert (brief.sections, brief.excluded) == (("intro", "drop", "outro"), ())


@pytest.mark.parametrize(
    ("prompt", "sections"),
    [
        ("(1절) 피아노 (후렴) 밴드 (브릿지) 현악, 발라드", ("verse", "chorus", "bridge")),
        ("벌스: 베이스, 빌드: 스네어, 드롭: 덥스텝", ("verse", "build", "drop")),
    ],
)
def test_heads_stand_in_brackets_and_builds_among_them(prompt: str, sections: tuple[str, ...]) -> None:
    assert understand(prompt).sections == sections


def test_an_intro_and_an_outro_are_no_whole_piece() -> None:
    assert understand("인트로: 대금, 아웃트로: 가야금. 국악").sections == ()


@pytest.mark.parametrize(
    "prompt",
    [
        "장르: 재즈 / 제외: 드럼, 색소폰 / 악기: 피아노",
        "재즈 피아노\n제외 악기: 색소폰, 드럼",
        "재즈 피아노인데 제외할 건 드럼, 색소폰",
        "genre: jazz, piano\nexclude: drums, saxophone",
    ],
)
def test_a_refusal_heads_a_list(prompt: str) -> None:
    brief = understand(prompt)
    assert {"drums", "alto_sax"} <= set(brief.excluded)
    assert (brief.style, brief.instruments) == ("jazz", ("piano",))


@pytest.mark.parametrize("prompt", ["free music: jazz", "no copyright music: jazz", "가사 없는 음악: 재즈"])
def test_what_only_stands_before_a_colon_heads_no_list(prompt: str) -> None:
    assert understand(prompt).style == "jazz"


@pytest.mark.parametrize(
    ("prompt", "moods"),
    [
        ("웅장 풀 오케스트라", ("epic",)),
        ("긴장 풀어주는 편안한 음악", ("calm",)),
        ("우울함을 날려버릴 신나는 팝", ("energetic",)),
        ("불안을 가라앉히는 잔잔한 앰비언트", ("calm",)),
        ("긴장감 넘치는 추격 음악", ("tense",)),
    ],
)
def test_a_mood_that_is_relieved_is_not_the_mood(prompt: str, moods: tuple[str, ...]) -> None:
    assert understand(prompt).moods == moods


@pytest.mark.parametrize(("prompt", "seconds"), [("드럼 솔로 30초짜리", 30), ("피아노 솔로 2분 30초 슬프게", 150)])
def test_a_solo_that_is_all_has_the_length_of_the_piece(prompt: str, seconds: float) -> None:
    assert understand(prompt).duration == seconds


def test_the_length_of_a_solo_within_a_piece_is_not_its() -> None:
    assert understand("록 밴드인데 기타 솔로는 20초, 전체 3분").duration == 180


@pytest.mark.parametrize("prompt", ["남녀보컬 듀엣곡", "혼성 보컬 발라드"])
def test_a_man_and_a_woman_sing(prompt: str) -> None:
    assert "instrumental_only" in {remark.code for remark in understand(prompt).remarks}


@pytest.mark.parametrize("prompt", ["록인데 신나게", "록인 노래", "록이었으면 해", "록이랄까"])
def test_a_genre_takes_the_endings_of_to_be(prompt: str) -> None:
    brief = understand(prompt)
    assert (brief.style, brief.sources["style"]) == ("rock", "words")

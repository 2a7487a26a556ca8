"""Rules that came of prompts in two languages of a third judge who had not read the rules."""

import pytest

from jobs.music.brief import Place
from jobs.music.words.evidence import evidence
from jobs.music.words.hearing import hear
from jobs.music.words.spelling import mend
from jobs.music.words.understand import understand

VERSE = "We walked along the harbour wall\nthe trumpet of the morning call\nand metal birds above us all"


def codes(prompt: str) -> set[str]:
    return {remark.code for remark in understand(prompt).remarks}


@pytest.mark.parametrize(
    "prompt",
    [
        f"Indie folk with banjo\n\n{VERSE}",
        f"indie folk, banjo\n{VERSE}",
        f"{VERSE}\n\nslow folk ballad with banjo",
        f"folk, banjo\n(Verse 1)\n{VERSE}\n(Chorus)\nthe drums will carry me back home",
        f"folk, banjo\nVerse 1:\n{VERSE}\nstyle: folk",
    ],
)
def test_lines_that_read_as_verse_order_no_music(prompt: str) -> None:
    brief = understand(prompt)
    assert (brief.style, brief.fusion, brief.instruments) == ("folk", "", ("banjo",))
    assert "instrumental_only" in codes(prompt)


@pytest.mark.parametrize(
    "prompt",
    [
        "발라드, 피아노\n\n창밖에 비가 내리고\n기타를 치던 너의 손\n빠르게 달려가던 우리",
        "피아노 발라드\n북소리 멀리 들려오면\n나는 다시 길을 걷네\n드럼처럼 뛰는 가슴",
    ],
)
def test_korean_verse_orders_no_music(prompt: str) -> None:
    brief = understand(prompt)
    assert (brief.style, brief.instruments, brief.sources["tempo"] == "words") == ("ballad", ("piano",), False)


@pytest.mark.parametrize(
    ("prompt", "instruments"),
    [
        ("indie rock\nelectric guitar\nfemale vocals\nfast drums", {"clean_guitar", "room_drums"}),
        ("medieval fantasy\nlute and flute\nmysterious forest\nslow", {"mandolin", "flute"}),
        ("I want a jazz song.\nMy grandmother used to dance.\nThe rain was falling.\nPlease add piano.", {"piano"}),
        ("techno\nthe kick is heavy\nthe synths are cold\nthe mood is like an empty factory", {"tr909"}),
        ("A jazz trio plays\nthe piano is out of tune\nthe drummer uses brushes\nrain on the windows", {"piano"}),
        ("재즈\n피아노 위주로\n밤에 듣기 좋은 분위기\n색소폰도 있으면 좋겠어요", {"piano", "tenor_sax"}),
    ],
)
def test_lines_of_directions_are_no_verse(prompt: str, instruments: set[str]) -> None:
    assert instruments <= set(understand(prompt).instruments)


def test_a_line_that_shall_be_made_a_song_is_sung() -> None:
    prompt = "She walked with the drums of morning and never looked back, turn this into a country ballad"
    assert understand("She walked away and we never looked back, turn this into a country ballad").style == "country"
    assert understand(prompt).style == "country"
    assert "instrumental_only" in codes("She walked away and we never looked back, turn this into a country ballad")
    assert "instrumental_only" not in codes("We need something for our shop opening next week, make this a jazz")


@pytest.mark.parametrize(
    ("prompt", "solo"),
    [
        ("jazz, sax solo in the middle", Place("solo", "tenor_sax", "middle")),
        ("pop song, sax solo before the last chorus", Place("solo", "alto_sax", "before chorus")),
        ("pop rock with a piano solo in the bridge", Place("solo", "piano", "bridge")),
        ("중간에 피아노 솔로 들어가는 록", Place("solo", "piano", "middle")),
        ("중간에 해금 독주가 나오는 국악", Place("solo", "haegeum", "middle")),
    ],
)
def test_a_solo_with_a_place_is_one_there(prompt: str, solo: Place) -> None:
    brief = understand(prompt)
    assert solo in brief.places
    assert brief.excluded == ()


@pytest.mark.parametrize(
    ("prompt", "sections"),
    [
        ("인트로는 잔잔한 피아노, 후렴은 강한 록 사운드", ("intro", "chorus")),
        ("벌스는 조용한 피아노로, 코러스는 신나는 록으로", ("verse", "chorus")),
        ("인트로엔 빗소리랑 피아노, 드롭엔 묵직한 베이스", ("intro", "drop")),
        ("[벌스] 드럼 추가 [코러스] 스트링 폭발 [아웃트로] 피아노", ("verse", "chorus", "outro")),
        ("verse is mellow, chorus is huge, bridge has strings", ("verse", "chorus", "bridge")),
        ("the intro is soft piano and the chorus is loud rock", ("intro", "chorus")),
        ("rock with a loud chorus and a soft intro", ()),
        ("코러스가 들어간 웅장한 음악", ()),
    ],
)
def test_sections_that_are_told_of_one_by_one_are_an_order(prompt: str, sections: tuple[str, ...]) -> None:
    brief = understand(prompt)
    assert brief.sections == sections
    assert ("choir" in brief.instruments) == (not sections and "코러스" in prompt)


@pytest.mark.parametrize(
    ("prompt", "style", "excluded"),
    [
        ("매장에서 틀 라운지 하우스 보컬 없이", "house", "choir"),
        ("재즈 드럼 없이", "jazz", "drums"),
        ("오케스트라 금관 빼고", "cinematic", "brass"),
        ("재즈 드럼 없이 록으로", "rock", "jazz_drums"),
        ("펑크 베이스 없이 힙합 비트", "hiphop", "bass"),
        ("클래식 기타 없이 발라드", "ballad", "nylon_guitar"),
    ],
)
def test_a_style_before_what_is_refused_is_no_part_of_it(prompt: str, style: str, excluded: str) -> None:
    brief = understand(prompt)
    assert (brief.style, brief.sources["style"]) == (style, "words")
    assert excluded in brief.excluded


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("왈쯔", "왈츠"),
        ("디스꼬", "디스코"),
        ("크래식", "클래식"),
        ("블루수", "블루스"),
        ("발라두", "발라드"),
        ("heavy base", "heavy bass"),
        ("guitar cords", "guitar chords"),
        ("crash symbols", "crash cymbals"),
        ("drum and base", "drum and bass"),
        ("hugedrums", "huge drum"),
        ("home base", "home base"),
        ("loudness", "loudness"),
        ("트럼프", "트럼프"),
    ],
)
def test_words_that_sound_like_one_for_music_are_mended(written: str, meant: str) -> None:
    assert mend(written)[0] == meant


@pytest.mark.parametrize("prompt", ["컨츄리 밴조", "컨추리 음악"])
def test_country_has_more_than_one_korean_spelling(prompt: str) -> None:
    assert (understand(prompt).style, understand(prompt).sources["style"]) == ("country", "words")


def test_who_loves_something_makes_no_love_song() -> None:
    assert "romantic" not in understand("my wife loves country").moods
    assert "romantic" in understand("a song about a girl who loves me").moods
    assert understand("my boyfriend loves metal but i like jazz, make jazz").style == "jazz"


@pytest.mark.parametrize(
    ("prompt", "style"),
    [
        ("something for my toddler to dance to, xylophone", "childrens"),
        ("music for my kids to dance to", "childrens"),
        ("something to dance to", "house"),
        ("i own a barbershop, need old school funk", "funk"),
        ("barbershop harmonies", "doo_wop"),
    ],
)
def test_a_use_that_says_more_wins(prompt: str, style: str) -> None:
    assert understand(prompt).style == style


@pytest.mark.parametrize("prompt", ["techno slowly building to a drop", "하우스, 천천히 빌드업"])
def test_how_it_grows_is_no_tempo(prompt: str) -> None:
    brief = understand(prompt)
    assert (brief.arc, brief.sources["tempo"] == "words") == ("build", False)


@pytest.mark.parametrize("prompt", ["처음은 재즈, 끝은 디스코", "초반엔 재즈, 후반엔 디스코"])
def test_the_end_may_have_another_style(prompt: str) -> None:
    assert [place.name for place in understand(prompt).places] == ["jazz", "disco"]


@pytest.mark.parametrize("prompt", ["slow waltz in 3/4, accordion", "느린 왈츠"])
def test_a_slow_waltz_is_slow(prompt: str) -> None:
    brief = understand(prompt)
    assert (brief.style, brief.metre) == ("waltz", "3/4")
    assert brief.tempo <= 104


@pytest.mark.parametrize(("prompt", "asked"), [("medieval music, lute", "medieval music"), ("vaporwave", "vaporwave")])
def test_a_style_that_there_is_not_is_told(prompt: str, asked: str) -> None:
    told = [r.values["asked"] for r in understand(prompt).remarks if r.code == "style_approximated"]
    assert told == [asked]


def test_the_words_of_the_tempo_are_no_number_that_says_none() -> None:
    heard = hear("pop punk like blink-182, fast drums")
    assert evidence(heard, {"moods": (), "fusion": ""}, {"tempo": "words"}, {})["tempo"] == "fast"


@pytest.mark.parametrize(
    ("prompt", "style"),
    [
        ("할머니 칠순잔치에 쓸 민요", "gugak"),
        ("환갑잔치 트로트", "trot"),
        ("하와이 여행 영상에 쓸 재즈", "jazz"),
        ("사파리 다큐 오케스트라", "cinematic"),
        ("롤러장 분위기 록", "rock"),
        ("하와이 민요", "hawaiian"),
        ("oktoberfest rock", "rock"),
        ("safari", "afrobeat"),
    ],
)
def test_a_named_style_outweighs_a_place_or_an_occasion(prompt: str, style: str) -> None:
    brief = understand(prompt)
    assert (brief.style, brief.sources["style"]) == (style, "words")
    assert "style_conflict" not in codes(prompt)


@pytest.mark.parametrize(
    ("prompt", "style"),
    [
        ("our robotics club plays chess, soft jazz", "jazz"),
        ("klezmer wedding dance", "klezmer"),
        ("polka dance", "polka"),
        ("circle dance, balkan brass", "balkan"),
        ("rock crumbles, dust, silence, ambient", "ambient"),
        ("metal scraping on concrete, dark ambient", "ambient"),
        ("soul leaves the body, ambient choir", "ambient"),
    ],
)
def test_clubs_of_people_steps_and_things_that_sound_are_no_style(prompt: str, style: str) -> None:
    brief = understand(prompt)
    assert (brief.style, brief.fusion) == (style, "")


@pytest.mark.parametrize(
    ("prompt", "style"), [("night club banger", "house"), ("dance, 128", "house"), ("dance music", "house")]
)
def test_what_is_danced_to_in_a_club_is_house(prompt: str, style: str) -> None:
    assert understand(prompt).style == style


@pytest.mark.parametrize("prompt", ["dramatic soprano with orchestra", "메조소프라노와 오르간", "바리톤 가곡"])
def test_a_singer_is_told_that_nobody_sings(prompt: str) -> None:
    assert "instrumental_only" in codes(prompt)


@pytest.mark.parametrize("prompt", ["tenor sax jazz", "테너 색소폰 재즈", "소프라노 색소폰"])
def test_a_saxophone_is_no_singer(prompt: str) -> None:
    assert "instrumental_only" not in codes(prompt)


@pytest.mark.parametrize(
    ("prompt", "moods"),
    [
        ("긴장되지만 차분한 현악", ("tense", "calm")),
        ("차분하나 긴장감 있는 음악", ("calm", "tense")),
        ("행복한데 어딘가 슬픈 음악", ("happy", "sad")),
    ],
)
def test_moods_set_against_each_other_are_both_wanted(prompt: str, moods: tuple[str, ...]) -> None:
    assert understand(prompt).moods == moods
    assert "mood_conflict" not in codes(prompt)


@pytest.mark.parametrize("prompt", ["william tell style galop, brass", "왕벌의 비행처럼 빠르게"])
def test_famous_pieces_are_classical(prompt: str) -> None:
    assert understand(prompt).style == "classical"

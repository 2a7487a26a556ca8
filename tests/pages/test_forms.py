from typing import Any
from unicodedata import normalize

import pytest
from django.http import QueryDict

from jobs.music import styles
from jobs.music.brief import MODES, MOODS
from jobs.music.instruments import INSTRUMENTS
from jobs.music.words.understand import understand
from jobs.pages import labels
from jobs.pages.account_forms import SignUpForm
from jobs.pages.forms import MusicForm
from jobs.pages.track_forms import RenameForm
from jobs.queue.orders import MAX_SEED


def form(**data: Any) -> MusicForm:
    return MusicForm({"prompt": "calm piano", "idempotency": "k", **data})


def test_it_needs_nothing_but_a_prompt() -> None:
    order = form()
    assert order.is_valid()
    assert order.options == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", ""),
        ("prompt", " \t\n"),
        ("prompt", "x" * 10_000),
        ("prompt", "nul \x00"),
        ("prompt", "bell \x07"),
        ("prompt", "broken \ud800"),
        ("style", "polka-metal"),
        ("duration", "4"),
        ("duration", "301"),
        ("duration", "-1"),
        ("duration", "nan"),
        ("duration", "inf"),
        ("duration", "1e999"),
        ("duration", "long"),
        ("tempo", "39"),
        ("tempo", "241"),
        ("key", "H"),
        ("mode", "locrian"),
        ("metre", "11/8"),
        ("master", "deafening"),
        ("seed", "-1"),
        ("seed", str(MAX_SEED + 1)),
        ("seed", "1.5"),
        ("moods", ["calm", "hungry"]),
        ("instruments", ["vuvuzela"]),
        ("excluded", ["silence"]),
        ("idempotency", "x" * 200),
    ],
)
def test_it_names_the_field_that_is_wrong(field: str, value: Any) -> None:
    order = form(**{field: value})
    assert not order.is_valid()
    assert list(order.errors) == [field]


@pytest.mark.parametrize("prompt", ["🎹🎶", "موسيقى هادئة", "<script>alert(1)</script>", "piano\r\n\r\ndrums", "a\tb"])
def test_it_takes_any_words(prompt: str) -> None:
    assert form(prompt=prompt).is_valid()


def test_a_line_end_counts_as_the_browser_counted_it(settings: Any) -> None:
    settings.MAX_PROMPT = 10
    assert form(prompt="abcd\r\nefghi").is_valid()
    assert not form(prompt="abcde\r\nefghi").is_valid()


def test_its_options_are_what_the_composer_takes() -> None:
    order = form(
        style="jazz", duration="60.0", tempo="120", key="F#", mode="dorian", metre="3/4", seed="0", master="loud",
        moods=["calm", "sad"], instruments=["piano"], excluded=["drums", "melody"],
    )  # fmt: skip
    assert order.is_valid(), order.errors
    options = order.options
    assert options.pop("seed") == 0
    assert repr(options["duration"]) == "60"
    brief = understand("anything", options)
    assert (brief.style, brief.tempo, brief.key, brief.metre) == ("jazz", 120, "F# dorian", "3/4")
    assert brief.instruments == ("piano",)
    assert brief.master == "loud"
    assert set(brief.excluded) == {"drums", "melody"}


@pytest.mark.parametrize("family", labels.FAMILIES)
def test_whatever_it_offers_to_leave_out_can_be_left_out(family: str) -> None:
    assert understand("calm piano", {"excluded": [family]}).excluded == (family,)


def test_the_same_form_has_the_same_key_and_other_words_another() -> None:
    first, again, other, tuned = form(), form(), form(prompt="wild drums"), form(tempo="100")
    assert all(one.is_valid() for one in (first, again, other, tuned))
    assert first.order_key == again.order_key
    assert len({first.order_key, other.order_key, tuned.order_key}) == 3
    assert len(first.order_key) <= 255
    assert MusicForm().initial.get("idempotency") is None
    assert MusicForm()["idempotency"].value() != MusicForm()["idempotency"].value()


def test_a_link_fills_it_in() -> None:
    filled = MusicForm.prefilled(QueryDict("prompt=calm&style=jazz&moods=sad&moods=calm&key=A+minor&idempotency=x"))
    assert filled["prompt"].value() == "calm"
    assert filled["moods"].value() == ["sad", "calm"]
    assert (filled["key"].value(), filled["mode"].value()) == ("A", "minor")
    assert filled["idempotency"].value() != "x"
    assert filled.is_tuned
    assert not MusicForm.prefilled(QueryDict("prompt=calm")).is_tuned


def test_the_engine_is_asked_for_where_there_is_a_choice(settings: Any) -> None:
    assert "generator" in MusicForm().fields
    settings.GENERATORS = {"composer": settings.GENERATORS["composer"]}
    assert "generator" not in MusicForm().fields


@pytest.mark.django_db
def test_an_account_needs_no_email() -> None:
    data = {"username": "mina", "password1": "correct horse 9", "password2": "correct horse 9"}
    assert SignUpForm(data).is_valid()
    assert list(SignUpForm({**data, "email": "nonsense"}).errors) == ["email"]
    assert list(SignUpForm({**data, "password2": "else"}).errors) == ["password2"]


# -- Words ------------------------------------------------------------------------------------------------------------


def test_everything_of_the_composer_has_words() -> None:
    assert set(labels.INSTRUMENT_NAMES) == set(INSTRUMENTS)
    assert set(labels.FAMILIES) == {one.family for one in INSTRUMENTS.values()} | {"melody"}
    assert set(labels.MOODS) == set(MOODS)
    assert set(labels.MODES) == set(labels.KEYS) == set(MODES)
    kinds = {kind for style in styles.all_ids() for kind in styles.get(style).kinds}
    assert kinds <= set(labels.SECTIONS)


# -- What can be seen --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["\u200b", "\u3164", "\u2800", "\u115f \u00ad"])
def test_neither_a_title_nor_a_prompt_shows_nothing(text: str) -> None:
    assert list(RenameForm({"title": text}).errors) == ["title"]
    assert list(form(prompt=text).errors) == ["prompt"]


def test_text_is_counted_as_it_is_kept(settings: Any) -> None:
    settings.MAX_PROMPT = 10
    renamed = RenameForm({"title": normalize("NFD", "비" * 120)})
    assert renamed.is_valid()
    assert renamed.cleaned_data["title"] == "비" * 120
    order = form(prompt=normalize("NFD", "각" * 10))
    assert order.is_valid()
    assert order.cleaned_data["prompt"] == "각" * 10

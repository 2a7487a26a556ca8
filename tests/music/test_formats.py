import pytest

from jobs.models import Job
from jobs.music.formats import KINDS, Format, chosen, parse, variants


@pytest.mark.parametrize("name", ["wav", "musicxml", "musicxml?transpose=bb", "lead-sheet.pdf?transpose=eb"])
def test_a_name_means_one_format_and_a_format_has_one_name(name):
    assert str(parse(name)) == name


def test_what_is_usual_is_not_said():
    assert str(parse("musicxml?transpose=")) == "musicxml"
    assert Format("musicxml")["transpose"] == ""
    assert parse("musicxml?transpose=bb")["transpose"] == "bb"


@pytest.mark.parametrize(
    "name",
    ["", "exe", "musicxml?transpose=c", "wav?transpose=bb", "musicxml?pitch=1", "?transpose=bb", "wav?x", "midi"],
)
def test_what_is_none_is_refused(name):
    with pytest.raises(ValueError, match=r"^\w+: "):
        parse(name)


def test_a_query_may_say_other_things_too():
    assert str(chosen("lead-sheet.pdf", {"download": "1", "transpose": "bb"})) == "lead-sheet.pdf?transpose=bb"


def test_what_can_be_set_together_is_offered_together():
    assert [str(each) for each in variants("wav")] == ["wav", "wav?rate=48000", "wav?bits=16", "wav?bits=16&rate=48000"]
    names = [str(each) for each in variants("audio")]
    assert names[0] == "audio"
    assert {"audio?bitrate=320", "audio?without=melody&tempo=75&count_in=1"} < set(names)
    assert len(names) == 13
    assert [str(each) for each in variants("opus")] == ["opus"]


def test_every_format_has_a_file_of_its_own():
    names = [each.file_name for kind in KINDS for each in variants(kind)]
    assert len(set(names)) == len(names)
    assert "lead-sheet-bb.pdf" in names
    assert all("/" not in name for name in names)


def test_the_longest_name_fits_its_column():

    longest = max(
        len(str(Format(kind, tuple((n, v[-1]) for n, v in facts.settings.items())))) for kind, facts in KINDS.items()
    )
    assert longest <= Job._meta.get_field("export_as").max_length

import tomllib

import pytest

from jobs.music import styles
from jobs.music.brief import Brief
from jobs.music.composing.compose import compose
from jobs.music.styles.reader import read_style
from jobs.music.styles.table import StyleError
from tests.music.briefs import brief
from tests.sweeps import sampled

LONGEST = 160  # lines of a style file


def source(style_id="pop"):
    return tomllib.loads((styles.FOLDER / f"{style_id}.toml").read_text("utf-8"))


def test_it_has_at_least_24_styles():
    assert len(styles.all_ids()) >= 24
    assert not any(name.startswith("_") for name in styles.all_ids())


@pytest.mark.parametrize("style_id", sampled(styles.all_ids()))
def test_it_loads_every_style_and_composes_in_its_own_metres_and_modes(style_id):
    style = styles.get(style_id)
    for metre in style.metres:
        for mode in style.modes:
            assert compose(brief(style_id, metre=metre, mode=mode, duration=20.0), 3).parts


@pytest.mark.parametrize("style_id", styles.all_ids())
def test_it_keeps_its_habits_within_what_a_brief_allows(style_id):
    style = styles.get(style_id)
    low, high = style.tempo
    for tempo in (low, high):
        assert isinstance(brief(style_id, tempo=tempo, duration=style.duration), Brief)
    assert style.name
    assert any("가" <= letter <= "힣" for letter in style.name_ko)
    assert style.core in dict(style.plan)


@pytest.mark.parametrize("style_id", styles.all_ids())
def test_it_can_be_written_in_few_lines(style_id):
    assert len((styles.FOLDER / f"{style_id}.toml").read_text("utf-8").splitlines()) < LONGEST


def test_it_does_not_know_what_is_not_there():
    with pytest.raises(KeyError):
        styles.get("polka of the spheres")
    with pytest.raises(KeyError):
        styles.get("_shared")


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("style", "tempo"), [120, 90], "style.tempo"),
        (("style", "tempo"), [20, 90], "style.tempo"),
        (("style", "modes"), {"locrian": 1}, "style.modes.locrian"),
        (("style", "metres"), ["5/3"], "style.metres"),
        (("style", "energy"), 3, "style.energy"),
        (("style", "colour"), True, "style.colour"),
        (("style", "speed"), 3, "style.speed"),
        (("style", "core"), "nothing", "style.core"),
        (("style", "plan"), "verse:x", "style.plan"),
        (("style", "fills"), "polka", "style.fills"),
        (("melody", "cells"), "polka", "melody.cells"),
        (("sections", "verse", "energy"), "high", "sections.verse.energy"),
        (("harmony", "major", "verse"), ["I H"], "harmony.major.verse"),
        (("harmony", "major", "final"), None, "harmony.major.final"),
        (("grooves", 0, "kick"), "x..x.", "grooves[0].kick"),
        (("grooves", 0, "gong"), "x...", "grooves[0].gong"),
        (("parts", 0, "role"), "dancer", "parts[0].role"),
        (("parts", 0, "instruments"), {"theremin": 1}, "parts[0].instruments.theremin"),
        (("parts", 0, "patterns"), ["q..."], "parts[0].patterns.4/4"),
        (("parts", 0, "doubles"), "nobody", "parts[0].doubles"),
        (("mix", "drive"), 9, "mix.drive"),
    ],
)
def test_it_names_the_file_and_the_field_that_is_wrong(path, value, field):
    data = source()
    table = data
    for key in path[:-1]:
        table = table[key]
    if value is None:
        del table[path[-1]]
    else:
        table[path[-1]] = value
    with pytest.raises(StyleError) as caught:
        read_style(data, "pop.toml", "pop", styles.shared())
    assert caught.value.file == "pop.toml"
    assert caught.value.field == field
    assert str(caught.value).startswith(f"pop.toml: {field}: ")


def test_it_refuses_a_file_whose_id_is_not_its_name(tmp_path):
    path = tmp_path / "polka.toml"
    path.write_text((styles.FOLDER / "pop.toml").read_text("utf-8"), "utf-8")
    with pytest.raises(StyleError, match="polka"):
        styles.load(path)


def test_it_refuses_a_file_that_is_not_toml(tmp_path):
    path = tmp_path / "polka.toml"
    path.write_text("[style", "utf-8")
    with pytest.raises(StyleError, match=r"polka\.toml"):
        styles.load(path)

import pytest

from jobs.music import styles
from jobs.music.styles.table import StyleError

KINDS = [name for name in styles.all_ids() if styles.get(name).base]


def test_there_are_many_kinds_with_grooves_harmony_and_a_band_of_their_own():
    assert len(KINDS) >= 24
    for name in KINDS:
        kind, base = styles.get(name), styles.get(styles.get(name).base)
        assert kind.grooves != base.grooves, name
        assert kind.harmony != base.harmony, name
        assert [part.instruments for part in kind.parts] != [part.instruments for part in base.parts], name


def test_what_a_kind_does_not_say_is_its_base_s():
    punk, rock = styles.get("punk"), styles.get("rock")
    assert punk.kinds == rock.kinds
    assert punk.loose == rock.loose
    assert punk.tempo != rock.tempo
    assert "organ" not in [part.name for part in punk.parts]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('[style]\nid = "x"\nbase = "nothing"\n', "style.base"),
        ('[style]\nid = "x"\nbase = "punk"\n', "style.base"),
        ('[style]\nid = "x"\nbase = "rock"\n[[parts]]\nname = "kazoo"\ndrop = true\n', "parts[0].drop"),
    ],
)
def test_a_wrong_base_or_part_is_named(tmp_path, text, field):
    path = tmp_path / "x.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(StyleError) as caught:
        styles.load(path)
    assert caught.value.field == field

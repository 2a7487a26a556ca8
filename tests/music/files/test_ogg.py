import numpy as np
import pytest
import soundfile

from jobs.music.files import encode, ogg
from jobs.music.files.cover import cover
from jobs.music.files.painting import SMALL, png
from jobs.music.sound.fluid import SAMPLE_RATE
from tests.music.files.test_encode import music, nothing

TEXTS = {"title": "밤의 <노래>", "artist": "Musicsite", "comment": "calm (seed 7)", "copyright": "Yours."}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("opus") / "a.opus"
    samples = music(3.0)
    encode.write_opus(samples, samples.shape[1], path, TEXTS, nothing, cover=png(cover(7, "jazz"), SMALL))
    return path


def test_opus_has_the_sound_and_says_what_it_is(made):
    with soundfile.SoundFile(made) as file:
        assert (file.format, file.subtype, file.samplerate) == ("OGG", "OPUS", 48_000)
        assert {name: getattr(file, name) for name in TEXTS} == TEXTS
        sound = file.read(always_2d=True)
    assert b"METADATA_BLOCK_PICTURE=" in made.read_bytes()[:65_000]
    assert len(sound) == pytest.approx(3.0 * 48_000, abs=2)
    assert np.std(sound) == pytest.approx(np.std(music(3.0)), rel=0.05)


def test_a_new_title_leaves_the_sound_as_it_is(made, tmp_path):
    data = made.read_bytes()
    head, replaced = ogg.with_comments(data, {"TITLE": "Neu & 새"})
    path = tmp_path / "b.opus"
    path.write_bytes(head + data[replaced:])
    with soundfile.SoundFile(path) as file:
        assert (file.title, file.comment) == ("Neu & 새", TEXTS["comment"])
        assert np.array_equal(file.read(), soundfile.read(made)[0])


@pytest.mark.parametrize("data", [b"", b"OggS", b"RIFF" + bytes(99), b"OggS" + bytes(500)])
def test_what_is_no_opus_is_left_alone(data):
    assert ogg.with_comments(data, {"TITLE": "x"}) is None


def test_too_much_for_a_page_is_left_out(made):
    assert ogg.with_comments(made.read_bytes(), {"TITLE": "x" * ogg.MOST}) is None


@pytest.mark.parametrize(("bits", "rate"), [(16, 44_100), (16, 48_000), (24, 48_000)])
@pytest.mark.parametrize("kind", ["flac", "wav"])
def test_lossless_files_have_the_bits_and_the_rate_that_are_asked_for(tmp_path, kind, bits, rate):
    samples, path = music(1.0), tmp_path / f"a.{kind}"
    front = png(cover(7, "jazz"))
    encode.write_lossless(samples, SAMPLE_RATE, path, kind, TEXTS, nothing, bits=bits, rate=rate, cover=front)
    with soundfile.SoundFile(path) as file:
        assert (file.subtype, file.samplerate, file.frames) == (f"PCM_{bits}", rate, rate)
        assert (file.title, file.copyright) == (TEXTS["title"], "Yours.")
        sound = file.read(always_2d=True).T
    assert front in path.read_bytes()
    if rate == SAMPLE_RATE:
        error = sound - samples
        assert 0.5 < np.std(error) * 2**15 < 1.0, "noise of one bit"
        assert abs(np.corrcoef(error[0], samples[0])[0, 1]) < 0.02, "that has nothing to do with the sound"


def test_an_mp3_of_320_kbit_is_one_and_has_a_cover(tmp_path):
    samples, path = music(2.0), tmp_path / "a.mp3"
    front = png(cover(7, "jazz"))
    encode.write_mp3(samples, samples.shape[1], path, {"TIT2": "T"}, {}, nothing, bitrate=320, cover=front)
    decoded, _ = soundfile.read(path, always_2d=True)
    assert decoded.shape == samples.T.shape
    assert np.std(decoded) == pytest.approx(np.std(samples), rel=0.01)
    assert (path.stat().st_size - len(front)) * 8 / 2.0 == pytest.approx(320_000, rel=0.05)
    assert front in path.read_bytes()

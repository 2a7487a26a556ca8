from io import BytesIO

import numpy as np
from PIL import Image

from jobs.music.files.cover import cover
from jobs.music.files.painting import SIZE, paint, png


def test_the_same_seed_paints_the_same_picture():
    assert png(cover(5, "jazz")) == png(cover(5, "jazz")) != png(cover(6, "jazz"))


def test_it_is_a_small_png():
    data = png(cover(5, "jazz"))
    picture = Image.open(BytesIO(data))
    assert (picture.format, picture.size, picture.mode) == ("PNG", (SIZE, SIZE), "RGB")
    assert len(data) < 100_000


def test_a_blob_is_brightest_in_its_middle_and_the_line_lies_on_it():
    picture = cover(5, "jazz")
    pixels = np.asarray(paint(picture, 200, 200)).astype(int).sum(axis=2)
    last = picture.blobs[-1]
    assert pixels[2 * last.y, 2 * last.x] > np.median(pixels)
    assert abs(pixels[:, 199].argmax() - 2 * picture.heights[-1]) < 60


def test_a_wide_one_is_the_middle_of_a_square():
    square, wide = np.asarray(paint(cover(5, "jazz"), 200, 200)), np.asarray(paint(cover(5, "jazz"), 200, 100))
    assert wide.shape == (100, 200, 3)
    assert np.abs(wide.astype(int) - square[50:150].astype(int)).max() < 60

"""Looking changes nothing but what is seen (R14)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segstudio.dataset.depth import deepened
from segstudio.painting.display import Tone, byte_table, deep_table, toned

RANDOM = np.random.default_rng(0)
IMAGE = RANDOM.integers(0, 256, (12, 16, 3), dtype=np.uint8)
DEEP = RANDOM.integers(3000, 40000, (12, 16), dtype=np.uint16)
SHARES = st.floats(-1, 1)
TONES = st.builds(Tone, brightness=SHARES, contrast=SHARES, gamma=st.floats(0.2, 5))


def test_a_neutral_tone_costs_nothing():
    assert toned(IMAGE, Tone()) is IMAGE
    np.testing.assert_array_equal(byte_table(Tone()), np.arange(256))


def test_a_deep_picture_looks_at_first_as_it_is_learned_from():
    deep = deepened(DEEP)
    np.testing.assert_array_equal(toned(deep.pixels, Tone(), deep.window), deep.rgb)


@given(tone=TONES)
def test_what_is_brighter_never_looks_darker(tone):
    assert (np.diff(byte_table(tone).astype(int)) >= 0).all()
    assert (np.diff(deep_table(tone, (100.0, 60000.0)).astype(int)) >= 0).all()


@given(tone=TONES)
def test_eight_and_sixteen_bits_look_the_same(tone):
    wide = deep_table(tone, (0.0, 65535.0))[np.arange(256) * 257]
    np.testing.assert_allclose(byte_table(tone).astype(int), wide.astype(int), atol=1)


@given(value=st.integers(0, 65534))
def test_no_two_neighbouring_values_of_sixteen_bits_are_too_close_to_be_told_apart(value):
    table = deep_table(Tone(window=(float(value), float(value + 1))), (0.0, 65535.0))
    assert (table[value], table[value + 1]) == (0, 255)
    assert not table[:value].any()
    assert (table[value + 1 :] == 255).all()


@pytest.mark.parametrize(
    ("tone", "brighter", "darker"),
    [
        (Tone(brightness=0.2), [0, 100], []),
        (Tone(brightness=-0.2), [], [100, 255]),
        (Tone(contrast=0.4), [200], [50]),
        (Tone(contrast=-0.4), [50], [200]),
        (Tone(gamma=2.0), [20, 200], []),
        (Tone(gamma=0.5), [], [20, 200]),
    ],
)
def test_each_setting_does_what_its_name_says(tone, brighter, darker):
    table = byte_table(tone)
    assert all(table[value] > value for value in brighter)
    assert all(table[value] < value for value in darker)


def test_the_ends_of_brightness_are_black_and_white():
    assert not byte_table(Tone(brightness=-1.0)).any()
    assert (byte_table(Tone(brightness=1.0)) == 255).all()


@pytest.mark.parametrize(("channel", "index"), [("red", 0), ("green", 1), ("blue", 2)])
def test_a_channel_is_shown_in_grey(channel, index):
    seen = toned(IMAGE, Tone(channel=channel))
    np.testing.assert_array_equal(seen, np.repeat(IMAGE[..., index : index + 1], 3, axis=2))


def test_a_channel_of_a_deep_colour_picture_is_windowed_like_the_whole():
    deep = deepened(np.dstack([DEEP, DEEP // 2, DEEP // 3]))
    seen = toned(deep.pixels, Tone(channel="green"), deep.window)
    np.testing.assert_array_equal(seen[..., 0], deep.rgb[..., 1])


def test_one_channel_of_grey_is_grey():
    deep = deepened(DEEP)
    np.testing.assert_array_equal(toned(deep.pixels, Tone(channel="blue"), deep.window), deep.rgb)

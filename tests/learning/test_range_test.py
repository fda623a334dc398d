"""What curves of loss by learning rate say; the curves are made up, so that the answer is known."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segstudio.learning.range_test import HIGHEST, LOWEST, conclude, has_diverged

RATES = np.geomspace(LOWEST, HIGHEST, 100)


def curve(*, falls_at, rises_at, start=0.7, lowest=0.2, noise=0.0, seed=0):
    """A loss that falls around one rate, rises around another, and is noisy."""
    exponents = np.log10(RATES)
    falling = 1 / (1 + np.exp(-4 * (exponents - math.log10(falls_at))))
    rising = 1 / (1 + np.exp(-6 * (exponents - math.log10(rises_at))))
    loss = start - (start - lowest) * falling + start * rising
    return (loss + noise * np.random.default_rng(seed).standard_normal(100)).tolist()


@pytest.mark.parametrize("noise", [0.0, 0.05])
@pytest.mark.parametrize("falls_at", [1e-4, 1e-3, 1e-2])
def test_the_suggestion_lies_where_the_loss_falls(falls_at, noise):
    found = conclude(RATES.tolist(), curve(falls_at=falls_at, rises_at=falls_at * 30, noise=noise))
    assert falls_at / 3 < found.suggestion < falls_at * 6
    assert f"{found.suggestion:.2g} suits" in found.sentence
    assert "rises again from" in found.sentence


@pytest.mark.parametrize("seed", range(5))
def test_noise_of_single_batches_hardly_moves_the_suggestion(seed):
    clear = conclude(RATES.tolist(), curve(falls_at=1e-3, rises_at=3e-2))
    noisy = conclude(RATES.tolist(), curve(falls_at=1e-3, rises_at=3e-2, noise=0.1, seed=seed))
    assert 1 / 3 < noisy.suggestion / clear.suggestion < 3


def test_what_comes_after_the_lowest_loss_does_not_matter():
    """A net can fall apart and fall again, more steeply than ever."""
    losses = np.array(curve(falls_at=1e-4, rises_at=1e-2, lowest=0.2))
    losses[85:] = np.linspace(1.4, 0.5, 15)
    assert conclude(RATES.tolist(), losses.tolist()).suggestion < 2e-3


@pytest.mark.parametrize("last", [math.nan, math.inf, 1e30])
def test_a_loss_that_leaves_the_numbers_spoils_neither_curve_nor_suggestion(last):
    losses = curve(falls_at=1e-3, rises_at=3e-2)[:80]
    found = conclude(RATES.tolist(), [*losses, last])
    assert found.suggestion == pytest.approx(conclude(RATES.tolist(), losses).suggestion, rel=0.3)
    assert len(found.rates) == len(found.losses) == len(found.smoothed) == 81
    assert max(found.smoothed) < 2
    json.dumps(found.to_json(), allow_nan=False)


@pytest.mark.parametrize("seed", range(5))
def test_a_loss_that_falls_at_no_rate_gets_no_suggestion(seed):
    losses = (0.7 + 0.05 * np.random.default_rng(seed).standard_normal(100)).tolist()
    found = conclude(RATES.tolist(), losses)
    assert found.suggestion is None
    assert "did not fall at any rate" in found.sentence


def test_a_loss_that_never_rises_again_is_told_so():
    found = conclude(RATES.tolist(), curve(falls_at=1e-3, rises_at=1e6))
    assert 3e-4 < found.suggestion < 0.5
    assert "does not rise again" in found.sentence


def test_a_search_that_was_stopped_or_failed_at_once_suggests_nothing():
    losses = curve(falls_at=1e-3, rises_at=3e-2)
    for found in (conclude(RATES.tolist(), losses[:60], stopped=True), conclude(RATES.tolist(), [], stopped=True)):
        assert found.suggestion is None
        assert "stopped" in found.sentence
    found = conclude(RATES.tolist(), [0.7, math.nan])
    assert found.suggestion is None
    assert found.losses == (0.7, None)


def test_higher_rates_are_not_tried_once_the_loss_is_far_above_its_beginning():
    losses = curve(falls_at=1e-3, rises_at=1e-2)
    assert not any(has_diverged(losses[:end]) for end in range(1, 60))
    assert has_diverged([*losses[:60], 3.0, 3.0, 3.0, 3.0, 3.0])
    assert not has_diverged([*losses[:60], 3.0])
    assert has_diverged([0.5, math.nan])


@given(losses=st.lists(st.floats(width=32), max_size=100))
def test_whatever_the_losses_are_the_answer_can_be_written_down(losses):
    found = conclude(RATES.tolist(), losses)
    json.dumps(found.to_json(), allow_nan=False)
    assert found.suggestion is None or LOWEST <= found.suggestion <= HIGHEST

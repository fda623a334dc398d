"""What a range test says: from losses by rate to a suggestion. No Keras."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

LOWEST, HIGHEST = 1e-6, 1.0
"""The rates between which a test looks."""

_FEWEST = 20
_FIRST = 10
_LAST = 5
_WIDTH = 4.0
_LEAST_GAIN = 0.03
_DIVERGED = 1.5

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RateSearch:
    """What was found.

    Attributes:
        rates: those that were tried, rising.
        losses: of the step at each rate, before the weights followed; None where it was no number.
        smoothed: the same without the noise of single batches.
        suggestion: the rate to train with, or None where nothing can be said.
        sentence: what was found, for people.
    """

    rates: tuple[float, ...]
    losses: tuple[float | None, ...]
    smoothed: tuple[float, ...]
    suggestion: float | None
    sentence: str

    def to_json(self) -> dict[str, object]:
        """Return it as plain data; no NaN is in it."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def has_diverged(losses: Sequence[float]) -> bool:
    """Return whether higher rates need not be tried: the loss left the numbers, or what it was at the beginning."""
    if not np.isfinite(losses[-1]):
        return True
    return len(losses) >= _FEWEST and bool(np.mean(losses[-_LAST:]) > _DIVERGED * np.median(losses[:_FIRST]))


def conclude(rates: Sequence[float], losses: Sequence[float], *, stopped: bool = False) -> RateSearch:
    """Return what the losses at the first of some rates, rising in equal steps of their logarithm, say.

    Three rules of thumb, and the one in the middle, since each of them fails on some curve: where the loss falls most
    steeply, a tenth of where it is nearly at its lowest, and a tenth of where it has lost a quarter of its gain again.

    Args:
        rates: all that were to be tried.
        losses: at the first of them; not a number where it diverged.
        stopped: whether the test ended early because somebody asked; the lowest loss may then still lie ahead.
    """
    tried = np.asarray(rates[: len(losses)], dtype=np.float64)
    smoothed = np.empty(0)
    suggestion, sentence = None, "The search was stopped before it could say anything."
    if not stopped and len(losses) < _FEWEST:
        sentence = "The loss left the numbers at once. Look at the pictures and the other settings first."
    elif not stopped:
        start = float(np.median(losses[:_FIRST]))
        bounded = _bounded(losses, start)
        smoothed = _smooth(bounded)
        gain = start - float(smoothed.min())
        if gain > max(_LEAST_GAIN * abs(start), float(np.std(bounded - smoothed))):
            suggestion, sentence = _suggest(tried, smoothed, gain)
        else:
            sentence = "The loss did not fall at any rate. Look at the masks and the other settings first."
    kept = tuple(float(loss) if np.isfinite(loss) else None for loss in losses)
    return RateSearch(tuple(tried.tolist()), kept, tuple(smoothed.tolist()), suggestion, sentence)


def _suggest(rates: Floats, smoothed: Floats, gain: float) -> tuple[float, str]:
    lowest = int(smoothed.argmin())
    steepest = int(np.gradient(smoothed, np.log10(rates))[: lowest + 1].argmin())
    # Normalised nets hardly diverge: behind the fall their loss wavers, and where it is lowest there is chance.
    nearly = int(np.flatnonzero(smoothed <= smoothed[lowest] + gain / 10)[0])
    lost = np.flatnonzero(smoothed[lowest:] > smoothed[lowest] + gain / 4)
    rising = f"and rises again from {rates[lowest + lost[0]]:.1g}" if len(lost) else "and does not rise again"
    too_high = rates[lowest + lost[0]] if len(lost) else rates[-1]
    suggestion = float(f"{np.median([rates[steepest], rates[nearly] / 10, too_high / 10]):.1e}")
    sentence = (
        f"The loss falls most steeply at {rates[steepest]:.1g}, is nearly at its lowest at {rates[nearly]:.1g} "
        f"{rising}: {suggestion:.2g} suits."
    )
    return suggestion, sentence


def _bounded(losses: Sequence[float], start: float) -> Floats:
    """Return losses none of which is so high that it hides the others when they are smoothed."""
    ceiling = start + abs(start)
    values = np.asarray(losses, dtype=np.float64)
    return np.where(np.isfinite(values), np.minimum(values, ceiling), ceiling)


def _smooth(losses: Floats) -> Floats:
    """Return means weighted by a bell on both sides, which, unlike a running mean, does not lag behind."""
    positions = np.arange(len(losses))
    weights = np.exp(-(((positions[:, None] - positions) / _WIDTH) ** 2) / 2)
    return np.asarray(weights @ losses / weights.sum(axis=1))

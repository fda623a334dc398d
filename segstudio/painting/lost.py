"""Strokes that a program which is dead could not save, and what a mask becomes with them.

A journal tells which pixels each step changed, from what to what. From that follows the net change: the pixels that
end up other than they began, whatever came and went in between. On the mask that the steps began from, the net
change gives back exactly what was painted; on a mask that somebody has changed since, it changes nothing else.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from segstudio.dataset.masks import MaskArray
from segstudio.errors import SegstudioError
from segstudio.painting.boxes import Box
from segstudio.painting.records import Opening, Origin, Record, SavedRecord, SavingRecord, StepRecord
from segstudio.painting.regions import Region


class LostStrokesError(SegstudioError):
    """A journal holds pixels that cannot be read."""


@dataclass(slots=True)
class LostStrokes:
    """The steps of one sample that did not reach the disk.

    Attributes:
        origin: what they began from.
        steps: oldest first; never none.
        states: fingerprints of the masks on the way that were, or were about to be, on the disk, each with the number
            of the last step that it holds.
    """

    origin: Origin
    steps: list[StepRecord]
    states: dict[str, int]

    def missing_from(self, fingerprint: str) -> list[StepRecord] | None:
        """Return the steps that a mask on the disk lacks; None if it is none that the steps lead on from."""
        number = self.states.get(fingerprint)
        return None if number is None else [step for step in self.steps if step.number > number]


def collect(records: Iterable[Record]) -> list[LostStrokes]:
    """Follow the records of a journal, and return what is left unsaved at their end, by sample."""
    lost: dict[str, LostStrokes] = {}
    states: dict[str, dict[str, int]] = {}
    for record in records:
        match record:
            case StepRecord(origin, number, begins, _):
                if begins:
                    states[origin.sample] = {origin.fingerprint: number - 1}
                    lost.pop(origin.sample, None)
                known = states.setdefault(origin.sample, {origin.fingerprint: number - 1})
                lost.setdefault(origin.sample, LostStrokes(origin, [], known)).steps.append(record)
            case SavingRecord(sample, number, fingerprint):
                # Of equal states the latest: undo leads back to a mask that was on the disk before.
                states.setdefault(sample, {})[fingerprint] = number
            case SavedRecord(sample, number, fingerprint):
                later = {mark: at for mark, at in states.get(sample, {}).items() if at > number}
                states[sample] = {fingerprint: number} | later
                if sample in lost:
                    lost[sample].states = states[sample]
                    lost[sample].steps = [step for step in lost[sample].steps if step.number > number]
            case Opening():
                pass
    return [strokes for strokes in lost.values() if strokes.steps]


def net_change(steps: Sequence[StepRecord]) -> tuple[Region, MaskArray]:
    """Return the pixels that some steps together change, and what they become.

    Returns:
        The region, and (region.box.height, region.box.width) of ids that count where it is True.

    Raises:
        LostStrokesError: the pixels of a step cannot be read.
    """
    patches = [patch for step in steps for patch in step.patches]
    box = Box(0, 0, 0, 0)
    for patch in patches:
        box = patch.box.united(box)
    kind = np.uint16 if any(np.dtype(patch.kind).itemsize > 1 for patch in patches) else np.uint8
    first: MaskArray = np.zeros((box.height, box.width), dtype=kind)
    last = first.copy()
    known = np.zeros(first.shape, dtype=np.bool_)
    for patch in patches:
        try:
            before, after = patch.pixels(back=True), patch.pixels(back=False)
        except (ValueError, zlib.error) as error:
            raise LostStrokesError(f"The strokes on {steps[0].origin.sample} cannot be read: {error}.") from error
        part = patch.box.moved(-box.left, -box.top).slices
        np.copyto(first[part], before, where=~known[part])
        known[part] = True
        last[part] = after
    region = Region.of(first != last, left=box.left, top=box.top)
    return region, last[region.box.moved(-box.left, -box.top).slices] if not region.box.empty else last[:0, :0]

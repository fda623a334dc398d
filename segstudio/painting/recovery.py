"""Lost strokes against the disk as it is now: what can be given back, and whether it fits there."""

import os
from dataclasses import dataclass

import numpy as np

from segstudio.dataset.dataset import Dataset, Sample
from segstudio.dataset.images import image_size
from segstudio.dataset.masks import MaskArray, MaskError
from segstudio.dataset.stored_masks import NO_FILE, MaskFile, mask_path, read_stored_mask
from segstudio.errors import SegstudioError
from segstudio.painting.lost import LostStrokes, net_change
from segstudio.painting.records import Origin
from segstudio.painting.regions import Region


@dataclass(frozen=True, slots=True, eq=False)
class Recovery:
    """What can be given back of one sample's lost strokes, seen against the disk as it is now.

    Attributes:
        origin: where the strokes belong.
        steps: how many are missing from the disk.
        sample: the sample that they can be given back to: its picture is there, and its mask is the one that they
            began from. None if that is not so; then they belong into a copy.
        mask: what they are to be painted on: the mask on the disk, or background where it has none that fits.
        file: the file that ``mask`` was read from.
        region: the pixels that end up other than they began.
        ids: (region.box.height, region.box.width) what they are to be.
    """

    origin: Origin
    steps: int
    sample: Sample | None
    mask: MaskArray
    file: MaskFile
    region: Region
    ids: MaskArray

    @property
    def result(self) -> MaskArray:
        """The mask with the strokes, as a new array."""
        result = self.mask.astype(np.promote_types(self.mask.dtype, self.ids.dtype))
        np.copyto(result[self.region.box.slices], self.ids, where=self.region.inside)
        return result

    @property
    def changes_something(self) -> bool:
        """Whether the mask does not hold the strokes already."""
        if self.region.box.empty:
            return False
        return bool((self.mask[self.region.box.slices] != self.ids)[self.region.inside].any())


def assess(lost: LostStrokes, dataset: Dataset) -> Recovery:
    """Compare lost strokes with the disk as it is now.

    Raises:
        LostStrokesError: the pixels of a step cannot be read.
    """
    origin = lost.origin
    sample = dataset.find(origin.sample)
    if sample is not None and os.path.realpath(sample.target) != os.path.realpath(origin.target):
        sample = None  # another picture of the same name
    mask, file = _mask_now(origin, sample)
    missing = lost.missing_from(file.fingerprint) if mask is not None else None
    fits = sample is not None and missing is not None and _size(sample) == (origin.width, origin.height)
    if mask is None:
        mask = _background(origin)
    steps = lost.steps if missing is None else missing
    region, ids = net_change(steps)
    return Recovery(origin, len(steps), sample if fits else None, mask, file, region, ids)


def _mask_now(origin: Origin, sample: Sample | None) -> tuple[MaskArray | None, MaskFile]:
    """Read the mask on the disk; background where there is no file; None where it is not of the strokes' size."""
    path = mask_path(sample) if sample is not None else origin.target if origin.target.is_file() else None
    if path is None:
        return _background(origin), MaskFile(None, NO_FILE)
    try:
        mask, file = read_stored_mask(path)
    except MaskError:
        return None, MaskFile()
    return (mask if mask.shape == (origin.height, origin.width) else None), file


def _background(origin: Origin) -> MaskArray:
    kind = np.uint8 if origin.background <= 255 else np.uint16
    return np.full((origin.height, origin.width), origin.background, dtype=kind)


def _size(sample: Sample) -> tuple[int, int] | None:
    try:
        return image_size(sample.image)
    except SegstudioError:
        return None

"""Taking over the mask of another sample: asked for, one step, never by itself (R4)."""

import numpy as np
import numpy.typing as npt

from segstudio.dataset.masks import MaskArray
from segstudio.errors import SegstudioError
from segstudio.painting.boxes import Box
from segstudio.painting.regions import Region


class CopyError(SegstudioError):
    """Another sample's mask does not fit this one."""


def copied(
    source: MaskArray, region: Region | None, shape: tuple[int, ...], *, dtype: npt.DTypeLike | None = None
) -> tuple[Region, MaskArray]:
    """Return what to write so that another mask, or a part of it, is here as it is there.

    Args:
        source: (height, width) of ids, the other sample's mask; a copy of its pixels is returned.
        region: which of its pixels; None for all.
        shape: (height, width) of the mask that they are for.
        dtype: of that mask, where it may be too narrow for the ids (R14); None if it is known to be wide enough.

    Returns:
        The pixels, and (region.box.height, region.box.width) of ids for them.

    Raises:
        CopyError: the sizes differ, or an id does not fit into ``dtype``.
    """
    (height, width), (wanted_height, wanted_width) = source.shape, shape[:2]
    if (height, width) != (wanted_height, wanted_width):
        raise CopyError(
            f"The other mask is {width} × {height} pixels, this picture {wanted_width} × {wanted_height}. "
            "A mask can only be copied from a picture of the same size."
        )
    if region is None:
        region = Region(Box(0, 0, width, height), np.ones((height, width), dtype=np.bool_))
    ids = source[region.box.slices].copy()
    highest = int(np.max(ids, where=region.inside, initial=0))
    if dtype is not None and highest > np.iinfo(np.dtype(dtype)).max:
        raise CopyError(
            f"The other mask has the id {highest}, which this mask cannot hold. "
            "Renumber the class so that its id is 255 or lower."
        )
    return region, ids

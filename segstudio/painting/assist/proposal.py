"""What an assist hands back: pixels and, where several classes are proposed, the id of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from segstudio.dataset.masks import MaskArray
from segstudio.painting.boxes import Box
from segstudio.painting.regions import Region

ShouldStop = Callable[[], bool]
"""Asked now and then by whatever may take longer than 0.2 s; once it says True, nothing is proposed."""


def never() -> bool:
    """Never stop."""
    return False


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """Ids for some pixels; `MaskDocument.apply` takes ``region`` and ``ids`` as they are.

    Attributes:
        region: which pixels.
        ids: (region.box.height, region.box.width) uint8, or uint16 where an id is above 255; what lies outside
            ``region.inside`` does not matter.
    """

    region: Region
    ids: MaskArray

    @classmethod
    def nothing(cls) -> "Proposal":
        """Return the proposal without pixels."""
        return cls(Region.nowhere(), np.zeros((0, 0), dtype=np.uint8))

    @classmethod
    def of(cls, regions: Mapping[int, Region]) -> "Proposal":
        """Join one region an id; where two overlap, the later one in the mapping holds."""
        box = Box(0, 0, 0, 0)
        for region in regions.values():
            box = box.united(region.box)
        ids = np.zeros((box.height, box.width), dtype=np.uint16 if max(regions, default=0) > 255 else np.uint8)
        inside = np.zeros(ids.shape, dtype=np.bool_)
        for class_id, region in regions.items():
            place = region.box.moved(-box.left, -box.top).slices
            if not region.box.empty:
                ids[place][region.inside] = class_id
                inside[place] |= region.inside
        return cls(Region(box, inside), ids)

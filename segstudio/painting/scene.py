"""What is drawn: a picture, masks over it, and what tools show of their own."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from segstudio.dataset.masks import MaskArray
from segstudio.dataset.overlay import ColourTable
from segstudio.painting.display import Tone
from segstudio.painting.pyramid import Pyramid
from segstudio.painting.regions import Region


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """What a tool would paint.

    Attributes:
        region: where.
        ids: one id, or (region.box.height, region.box.width) of them.
    """

    region: Region
    ids: MaskArray | int


@dataclass(frozen=True, slots=True, eq=False)
class Covers:
    """How ids are laid over a picture: ``picture * keep / 255 + colour``.

    Attributes:
        colour: (65536, 1, 3) uint8 RGB, already weakened by the opacity.
        keep: (65536,) uint8.
    """

    colour: npt.NDArray[np.uint8]
    keep: npt.NDArray[np.uint8]


@dataclass(slots=True)
class Scene:
    """A picture, a mask over it, and maybe a second mask at the right of a divider.

    Attributes:
        picture: or None for nothing at all.
        mask: (height, width) ids, or None.
        second_mask: shown right of ``swipe`` instead of ``mask``.
        swipe: device column of the divider, or None.
        colours: by id.
        opacity: of the colours, 0 to 1.
        overlay: whether masks are drawn.
        outlines: whether only the borders between their ids are.
        preview: what a tool would paint, hatched; or None.
        selection: what lies outside is dimmed; or None.
        bare: whether nothing but the picture is drawn, whatever the others say.
        tone: how the picture is looked at.
        grid: whether its pixels are told apart by lines where they are large.
        line: width of outlines, in device pixels.
        surround: blue, green, red beside the picture.
    """

    picture: Pyramid | None = None
    mask: MaskArray | None = None
    second_mask: MaskArray | None = None
    swipe: int | None = None
    colours: ColourTable = field(default_factory=lambda: np.zeros((65536, 4), dtype=np.uint8))
    opacity: float = 0.5
    overlay: bool = True
    outlines: bool = False
    preview: Preview | None = None
    selection: Region | None = None
    bare: bool = False
    tone: Tone = field(default_factory=Tone)
    grid: bool = False
    line: int = 1
    surround: tuple[int, int, int] = (128, 128, 128)
    _covers: tuple[ColourTable, float, Covers] | None = field(default=None, repr=False)

    @property
    def covers(self) -> Covers:
        """The tables of ``colours`` at this opacity; made once, since 65,536 ids take longer than a small box."""
        if self._covers is None or self._covers[0] is not self.colours or self._covers[1] != self.opacity:
            weight = self.colours[:, 3].astype(np.float32) / 255 * self.opacity
            colour = np.rint(self.colours[:, :3] * weight[:, None]).astype(np.uint8)
            keep = np.rint(255 * (1 - weight)).astype(np.uint8)
            self._covers = self.colours, self.opacity, Covers(colour[:, None], keep)
        return self._covers[2]

"""Copying masks from picture to picture: asked for, one step, through the locks (R4)."""

from segstudio.dataset.masks import MaskArray
from segstudio.errors import SegstudioError
from segstudio.painting.copying import copied
from segstudio.painting.regions import Region
from segstudio.ui.painter.context import ToolContext


class MaskClipboard:
    """Holds a mask, or the selected part of it, until it is pasted at the same place of another picture."""

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._held: tuple[MaskArray, Region | None] | None = None

    def copy(self) -> None:
        """Hold the mask on the canvas, or the selected part of it."""
        document, selection = self._context.document, self._context.selection
        if document is not None:
            self._held = (document.snapshot().mask(), selection)
            what = "the mask" if selection is None else f"{selection.count} selected pixels"
            self._context.message_raised.emit(f"Copied {what}.")

    def paste(self) -> None:
        """Paint what is held, as one step."""
        if self._held is None:
            self._context.message_raised.emit("Nothing was copied yet. Copy a mask first.")
        else:
            self.paste_mask(*self._held)

    def paste_mask(self, mask: MaskArray, region: Region | None = None) -> None:
        """Paint a mask of the picture's size, or a part of it, as one step."""
        document = self._context.document
        if document is None:
            return
        try:
            where, ids = copied(mask, region, document.mask.shape, dtype=document.mask.dtype)
        except SegstudioError as error:
            self._context.message_raised.emit(str(error))
            return
        self._context.apply(where, ids)

"""A picture, its mask and a prediction, shown in one of four ways on linked canvases."""

from enum import Enum

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QSlider, QWidget

from segstudio.dataset.classes import ClassList
from segstudio.dataset.images import ImageArray
from segstudio.dataset.masks import MaskArray
from segstudio.dataset.overlay import ColourTable
from segstudio.learning.agreement import DIFFERS, IGNORED, difference
from segstudio.painting.pyramid import Pyramid
from segstudio.painting.view import ViewTransform
from segstudio.ui.canvas.picture_view import PictureView
from segstudio.ui.theme import SPACING, set_role

_SWIPE_STEPS = 1000


class Comparison(Enum):
    """How a prediction is looked at."""

    OVERLAY = "Overlay"
    SIDE_BY_SIDE = "Side by side"
    SWIPE = "Swipe"
    DIFFERENCE = "Difference"


_CAPTIONS = {
    Comparison.OVERLAY: "Prediction",
    Comparison.SIDE_BY_SIDE: "Prediction",
    Comparison.SWIPE: "Left of the line: mask  ·  right of it: prediction",
    Comparison.DIFFERENCE: "Red: mask and prediction differ  ·  grey: ignored",
}


class ComparisonView(QWidget):
    """Three canvases (picture, mask, prediction) that zoom and pan as one; all or only the last are shown.

    Signals:
        pixel_hovered((x, y) | None): the pixel under the cursor, on any of them.
    """

    pixel_hovered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes = ClassList(())
        self._mask: MaskArray | None = None
        self._prediction: MaskArray | None = None
        self._comparison = Comparison.OVERLAY
        self._canvases = [PictureView(), PictureView(), PictureView()]
        self._titles = [QLabel(text) for text in ("Picture", "Mask", "Prediction")]
        self._swipe = QSlider(Qt.Orientation.Horizontal)
        self._swipe.setRange(0, _SWIPE_STEPS)
        self._swipe.setValue(_SWIPE_STEPS // 2)
        self._swipe.setAccessibleName("Where mask and prediction meet")
        self._swipe.setToolTip("Left of the line the mask, right of it the prediction")
        self._swipe.valueChanged.connect(lambda _value: self._apply_swipe())
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        for column, (title, canvas) in enumerate(zip(self._titles, self._canvases, strict=True)):
            set_role(title, "quiet")
            title.setMargin(SPACING // 2)
            grid.addWidget(title, 0, column)
            grid.addWidget(canvas, 1, column)
            grid.setColumnStretch(column, 1)
            canvas.view_changed.connect(self._on_view_changed)
            canvas.pixel_hovered.connect(self.pixel_hovered)
        grid.addWidget(self._swipe, 2, 0, 1, 3)
        grid.setRowStretch(1, 1)
        for canvas in self._canvases[:2]:
            canvas.navigator.set_wanted(False)  # all three show the same part: one says which
        self.set_comparison(Comparison.OVERLAY)

    @property
    def canvas(self) -> PictureView:
        """The canvas of the prediction, which is always shown."""
        return self._canvases[2]

    def set_classes(self, classes: ClassList) -> None:
        """Draw in the colours of these classes."""
        self._classes = classes
        self._show_masks()

    def set_sample(
        self, picture: Pyramid | ImageArray | None, mask: MaskArray | None, prediction: MaskArray | None
    ) -> None:
        """Show a picture as `PictureView.set_picture` does, its mask and a prediction of the same size, or without."""
        self._mask, self._prediction = mask, prediction
        for canvas in self._canvases:
            canvas.set_picture(picture)
        self._show_masks()

    def set_comparison(self, comparison: Comparison) -> None:
        """Look at it in another way."""
        self._comparison = comparison
        side_by_side = comparison is Comparison.SIDE_BY_SIDE
        for position, (title, canvas) in enumerate(zip(self._titles, self._canvases, strict=True)):
            for widget in (title, canvas):
                widget.setVisible(side_by_side or position == 2)
        self._titles[2].setText(_CAPTIONS[comparison])
        layout = self.layout()
        assert isinstance(layout, QGridLayout)
        for column in (0, 1):
            layout.setColumnStretch(column, 1 if side_by_side else 0)
        self._swipe.setVisible(comparison is Comparison.SWIPE)
        self._show_masks()
        self.fit()

    def set_opacity(self, opacity: float) -> None:
        """Draw masks and predictions more or less strongly: 0 to 1."""
        for canvas in self._canvases:
            canvas.set_opacity(opacity)

    def set_overlay_visible(self, visible: bool) -> None:  # noqa: FBT001 - a Qt slot
        """Draw masks and predictions, or not."""
        for canvas in self._canvases:
            canvas.set_overlay_visible(visible)

    def fit(self) -> None:
        """Show the whole picture."""
        for canvas in self._canvases:
            canvas.fit()

    def _show_masks(self) -> None:
        _picture, mask_canvas, last = self._canvases
        mask_canvas.set_colours(self._classes)
        mask_canvas.set_mask(self._mask)
        last.set_second_mask(None)
        if self._comparison is Comparison.DIFFERENCE and self._mask is not None and self._prediction is not None:
            last.set_colour_table(_difference_colours())
            last.set_mask(difference(self._mask, self._prediction, self._classes))
        else:
            last.set_colours(self._classes)
            swiping = self._comparison is Comparison.SWIPE
            last.set_mask(self._mask if swiping else self._prediction)
            if swiping:
                last.set_second_mask(self._prediction)
        self._apply_swipe()

    def _apply_swipe(self) -> None:
        swiping = self._comparison is Comparison.SWIPE
        self.canvas.set_swipe(self._swipe.value() / _SWIPE_STEPS if swiping else None)

    def _on_view_changed(self, view: ViewTransform) -> None:
        origin = self.sender()
        for canvas in self._canvases:
            if canvas is origin:
                continue
            if isinstance(origin, PictureView) and origin.fits:
                canvas.fit()
            else:
                canvas.set_view(view)


def _difference_colours() -> ColourTable:
    table = np.zeros((65536, 4), dtype=np.uint8)
    table[DIFFERS] = (224, 36, 60, 255)
    table[IGNORED] = (128, 128, 128, 160)
    return table

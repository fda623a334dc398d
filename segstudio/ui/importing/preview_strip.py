"""A row of small pictures with their masks over them."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from segstudio.dataset.formats.previewing import SamplePreview
from segstudio.dataset.images import ImageArray
from segstudio.ui.qimage import to_qimage
from segstudio.ui.theme import SPACING, set_role

SIDE = 176


class PreviewStrip(QScrollArea):
    """Shows samples as they would be imported."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(SIDE + 64)
        self.setAccessibleName("Samples as they would be imported")
        self._pictures: list[QLabel] = []

    def set_previews(self, previews: Sequence[SamplePreview]) -> None:
        """Show other samples, without masks until `set_overlays`."""
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACING)
        self._pictures = []
        for preview in previews:
            picture = QLabel(preview.problem)
            picture.setWordWrap(True)
            picture.setFixedSize(SIDE, SIDE)
            picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
            name = QLabel(preview.name if not preview.problem else f"{preview.name}: would be skipped")
            name.setToolTip(preview.problem or preview.name)
            name.setMaximumWidth(SIDE)
            set_role(name, "problem" if preview.problem else "quiet")
            column = QVBoxLayout()
            column.setSpacing(SPACING // 2)
            column.addWidget(picture)
            column.addWidget(name)
            row.addLayout(column)
            self._pictures.append(picture)
        row.addStretch(1)
        self.setWidget(holder)

    def set_overlays(self, overlays: Sequence[ImageArray | None]) -> None:
        """Show the samples so; None leaves what is said instead of a picture."""
        for label, overlay in zip(self._pictures, overlays, strict=True):
            if overlay is not None:
                keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
                label.setPixmap(QPixmap.fromImage(to_qimage(overlay)).scaled(SIDE, SIDE, keep, smooth))

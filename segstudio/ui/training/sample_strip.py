"""A few predictions of the run under way, so that people see the model grow better."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from segstudio.dataset.classes import ClassList
from segstudio.dataset.masks import read_mask
from segstudio.dataset.overlay import colourise
from segstudio.errors import SegstudioError
from segstudio.ui.qimage import to_qimage
from segstudio.ui.theme import SPACING, set_role

_HEIGHT = 96


class SampleStrip(QWidget):
    """Shows the newest prediction for each of a few samples."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes: ClassList | None = None
        self._shown: dict[str, QLabel] = {}
        self._tiles: list[QWidget] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(SPACING)
        self._row.addStretch(1)

    def set_classes(self, classes: ClassList | None) -> None:
        """Draw in the colours of these classes."""
        self._classes = classes

    def clear(self) -> None:
        """Show nothing."""
        for tile in self._tiles:
            self._row.removeWidget(tile)
            tile.deleteLater()
        self._tiles.clear()
        self._shown.clear()

    def show_prediction(self, sample: str, path: Path) -> None:
        """Show the prediction of a file (at most the input size, so quick to read) for a sample."""
        if self._classes is None:
            return
        try:
            picture = to_qimage(colourise(read_mask(path), self._classes))
        except SegstudioError:
            return  # the run folder was cleared meanwhile; the strip is only a preview
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap.fromImage(picture).scaled(
            QSize(round(2 * _HEIGHT * ratio), round(_HEIGHT * ratio)),
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.FastTransformation,
        )
        pixmap.setDevicePixelRatio(ratio)
        if sample not in self._shown:
            self._shown[sample] = self._add_tile(sample)
        self._shown[sample].setPixmap(pixmap)

    def _add_tile(self, sample: str) -> QLabel:
        tile = QWidget()
        column = QVBoxLayout(tile)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACING // 2)
        picture = QLabel()
        name = QLabel(sample.partition("/")[2])
        name.setToolTip(f"The model’s prediction for {sample}")
        set_role(name, "quiet")
        column.addWidget(picture)
        column.addWidget(name)
        self._tiles.append(tile)
        self._row.insertWidget(self._row.count() - 1, tile)
        return picture

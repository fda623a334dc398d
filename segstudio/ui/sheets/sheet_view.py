"""One contact sheet, as wide as there is room."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QWidget

from segstudio.dataset.images import ImageArray
from segstudio.ui.overriding import override
from segstudio.ui.qimage import to_qimage


class SheetView(QScrollArea):
    """Shows a sheet, never larger than it is; what is too high is scrolled."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sheet = QImage()
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        self.setWidget(self._picture)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # else it would come and go while scaling
        self.setAccessibleName("Contact sheet")

    @property
    def size_shown(self) -> QSize:
        """The size of the sheet as it is drawn, in device pixels; empty where there is none."""
        return self._picture.pixmap().size()

    def show_sheet(self, pixels: ImageArray) -> None:
        """Show a sheet, (height, width, 3) uint8 RGB, from its top."""
        self._sheet = to_qimage(pixels)
        self._fit()
        self.verticalScrollBar().setValue(0)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._sheet.isNull():
            return
        ratio = self.devicePixelRatioF()
        width = min(round(self.viewport().width() * ratio), self._sheet.width())
        pixmap = QPixmap.fromImage(self._sheet.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation))
        pixmap.setDevicePixelRatio(ratio)
        self._picture.setPixmap(pixmap)

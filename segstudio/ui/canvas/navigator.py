"""A small overview of the whole picture, with the part that is seen: where a large one is found again."""

from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from segstudio.painting.boxes import Box
from segstudio.painting.pyramid import Pyramid
from segstudio.painting.render import render
from segstudio.painting.view import ViewTransform
from segstudio.ui.canvas.frame import Frame
from segstudio.ui.overriding import override

_LONGER_SIDE = 168
_DISTANCE = 12
# On a smaller canvas it would hide more than it shows.
_LARGEST_SHARE = 0.34
_SMALLEST_FRAME = 4.0
_REDRAW_MILLISECONDS = 150


class Navigator(QWidget):
    """Lies over the lower right corner of a canvas, as long as only a part of the picture is seen.

    It is drawn with the canvas's own renderer, from the coarsest picture there is, and at most some times a second.

    Signals:
        point_chosen((x, y)): a person wants this point of the picture in the middle.

    Args:
        frame: of the canvas.
        parent: the canvas.
    """

    point_chosen = Signal(object)

    def __init__(self, frame: Frame, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Overview")
        self.setToolTip("Click or drag to see another part of the picture")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._frame = frame
        self._canvas = parent
        self._wanted = True
        self._overview = QImage()
        self._shown: tuple[Pyramid | None, ViewTransform] = (None, ViewTransform())
        self._redraw = QTimer(self)
        self._redraw.setSingleShot(True)
        self._redraw.setInterval(_REDRAW_MILLISECONDS)
        self._redraw.timeout.connect(self._forget_overview)
        self.hide()

    def set_wanted(self, wanted: bool) -> None:  # noqa: FBT001 - a Qt slot
        """Show the overview where it is of use, or never."""
        self._wanted = wanted
        self.place()

    def note_change(self) -> None:
        """Take notice that the canvas is drawn anew: another part of the picture, or the same with other pixels."""
        now = self._frame.scene.picture, self._frame.view
        if now != self._shown:
            if now[0] is not self._shown[0]:
                self._overview = QImage()
            self._shown = now
            self.place()
            self.update()
        if not self.isHidden() and not self._redraw.isActive():
            self._redraw.start()

    def place(self) -> None:
        """Go to the corner, if there is room, and if there is anything that is not seen."""
        picture, canvas = self._frame.scene.picture, self._canvas
        if picture is None or not self._wanted or self._all_is_seen(picture):
            self.hide()
            return
        scale = _LONGER_SIDE / max(picture.width, picture.height)
        width, height = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
        self.setGeometry(canvas.width() - width - _DISTANCE, canvas.height() - height - _DISTANCE, width, height)
        fits = max(width / canvas.width(), height / canvas.height()) <= _LARGEST_SHARE
        self.setVisible(fits)

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.DevicePixelRatioChange):
            self._overview = QImage()
        return super().event(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._overview.isNull():
            self._overview = self._drawn()
        painter.drawImage(0, 0, self._overview)
        whole, seen = QRectF(self.rect()), self._seen()
        unseen = QPainterPath()
        unseen.addRect(whole)
        unseen.addRect(seen)  # odd-even: what lies in both is left out
        painter.fillPath(unseen, QColor(0, 0, 0, 110))
        for colour, width in ((QColor(0, 0, 0, 170), 3.0), (QColor(255, 255, 255), 1.2)):
            painter.setPen(QPen(colour, width))
            painter.drawRect(seen)
        painter.setPen(QPen(QColor(140, 140, 140), 1))  # seen beside dark pictures and light ones
        painter.drawRect(whole.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(event.position())

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._choose(event.position())

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()  # else the canvas would take it for the end of something of its own

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def _choose(self, position: QPointF) -> None:
        picture = self._frame.scene.picture
        if picture is not None:
            x = min(max(position.x() / self.width(), 0.0), 1.0) * picture.width
            y = min(max(position.y() / self.height(), 0.0), 1.0) * picture.height
            self.point_chosen.emit((x, y))

    def _forget_overview(self) -> None:
        self._overview = QImage()
        self.update()

    def _drawn(self) -> QImage:
        picture, ratio = self._frame.scene.picture, self.devicePixelRatioF()
        box = Box(0, 0, max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))
        if picture is None:
            return QImage(box.width, box.height, QImage.Format.Format_RGB32)
        scene = replace(
            self._frame.scene, swipe=None, preview=None, selection=None, grid=False, outlines=False, bare=False
        )
        zoom = min(box.width / picture.width, box.height / picture.height)
        pixels = render(scene, ViewTransform(zoom), box)
        image = QImage(pixels.data, box.width, box.height, pixels.strides[0], QImage.Format.Format_RGB32).copy()
        image.setDevicePixelRatio(ratio)
        return image

    def _seen(self) -> QRectF:
        """Return the part that the canvas shows, in this widget's coordinates; never too small to be found."""
        picture, view, screen = self._frame.scene.picture, self._frame.view, self._frame.box
        if picture is None:
            return QRectF()
        scale_x, scale_y = self.width() / picture.width, self.height() / picture.height
        width, height = screen.width / view.zoom * scale_x, screen.height / view.zoom * scale_y
        seen = QRectF(view.left * scale_x, view.top * scale_y, width, height)
        grown_x, grown_y = max(0.0, _SMALLEST_FRAME - width) / 2, max(0.0, _SMALLEST_FRAME - height) / 2
        return seen.adjusted(-grown_x, -grown_y, grown_x, grown_y).intersected(QRectF(self.rect()))

    def _all_is_seen(self, picture: Pyramid) -> bool:
        left, top = self._frame.view.to_screen((0, 0))
        right, bottom = self._frame.view.to_screen((picture.width, picture.height))
        screen = self._frame.box
        return left >= 0 and top >= 0 and right <= screen.right and bottom <= screen.bottom

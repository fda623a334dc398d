"""A picture with its masks on the screen: looked at, zoomed, moved.

It works in device pixels throughout, so that fractional scale factors shift nothing (R23). What is drawn is kept in
`Frame`; showing it is then one blit.
"""

import math

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from segstudio.dataset.classes import ClassList
from segstudio.dataset.images import ImageArray
from segstudio.dataset.masks import MaskArray
from segstudio.dataset.overlay import ColourTable, colour_table
from segstudio.painting.boxes import Box
from segstudio.painting.brush import Point
from segstudio.painting.regions import Region
from segstudio.painting.render import Pyramid
from segstudio.painting.view import ViewTransform, fitted
from segstudio.ui.canvas.frame import Frame

_ZOOM_STEP = 1.2
_WHEEL_STEP = 120.0
_PANNING_BUTTONS = (Qt.MouseButton.MiddleButton, Qt.MouseButton.LeftButton)


class PictureView(QWidget):
    """Shows a picture and a mask over it.

    The wheel, with Ctrl or without, zooms at the cursor; dragging pans; holding the backtick hides the mask; a double
    click shows the whole picture.

    Signals:
        view_changed(ViewTransform): a person zoomed, panned, or asked for the whole picture (`fits` says so).
        pixel_hovered((x, y) | None): the pixel under the cursor.
    """

    view_changed = Signal(object)
    pixel_hovered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Picture")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(120, 120)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._frame = Frame()
        self._fits = True
        self._pan_from: Point | None = None
        self._overlay_visible = True
        self._peeking = False
        self._swipe: float | None = None
        self._take_surround()
        self._update_cursor()

    @property
    def view(self) -> ViewTransform:
        """Which part of the picture is shown, in device pixels."""
        return self._frame.view

    @property
    def fits(self) -> bool:
        """Whether the whole picture is shown, and stays so when the window changes its size."""
        return self._fits

    @property
    def has_picture(self) -> bool:
        """Whether there is anything to see."""
        return self._frame.scene.picture is not None

    def set_picture(self, image: ImageArray | None) -> None:
        """Show another picture, (height, width, 3) uint8 RGB, whole. The masks of the one before go."""
        scene = self._frame.scene
        old = scene.picture
        scene.picture = new = None if image is None else Pyramid(image)
        scene.mask = scene.second_mask = None
        if new is not None and (old is None or (old.width, old.height) != (new.width, new.height)):
            self._fits = True
        if self._fits:
            self.fit()
        self._spoil()

    def set_mask(self, mask: MaskArray | None) -> None:
        """Lay a mask of the picture's size over it. It is not copied: say `refresh` when it changes."""
        self._frame.scene.mask = mask
        self._spoil()

    def set_second_mask(self, mask: MaskArray | None) -> None:
        """Give the mask that is shown at the right of the divider (see `set_swipe`)."""
        self._frame.scene.second_mask = mask
        self._spoil()

    def set_swipe(self, fraction: float | None) -> None:
        """Divide the canvas at this fraction of its width: mask left, second mask right. None: mask everywhere."""
        self._swipe = fraction
        self._place_divider()
        self._spoil()

    def set_colours(self, classes: ClassList) -> None:
        """Draw the masks in the colours of these classes."""
        self.set_colour_table(colour_table(classes))

    def set_colour_table(self, table: ColourTable) -> None:
        """Draw the masks in these colours: (65536, 4) uint8 red, green, blue, cover by id."""
        self._frame.scene.colours = table
        self._spoil()

    def set_opacity(self, opacity: float) -> None:
        """Draw the masks more or less strongly: 0 to 1."""
        self._frame.scene.opacity = opacity
        self._spoil()

    def set_overlay_visible(self, visible: bool) -> None:  # noqa: FBT001 - a Qt slot
        """Draw the masks, or not."""
        self._overlay_visible = visible
        self._show_overlay()

    def set_preview(self, region: Region | None, ids: MaskArray | int = 0) -> None:
        """tmp"""

    def set_selection(self, region: Region | None) -> None:
        """tmp"""

    def set_view(self, view: ViewTransform) -> None:
        """Show another part of the picture; says nothing to anybody, so that canvases can follow one another."""
        if view != self._frame.view:
            self._frame.view = view
            self._fits = False
            self._spoil()

    def fit(self) -> None:
        """Show the whole picture, and go on doing so when the window changes its size."""
        picture = self._frame.scene.picture
        if picture is not None:
            size = self._device_size()
            self._frame.view = fitted(
                width=picture.width, height=picture.height, viewport_width=size.right, viewport_height=size.bottom
            )
            self._fits = True
            self._spoil()

    def zoom_by(self, factor: float) -> None:
        """Zoom at the middle of the canvas."""
        size = self._device_size()
        self._change_view(self.view.zoomed(factor, (size.right / 2, size.bottom / 2)))

    def refresh(self, box: Box | None) -> None:
        """Draw a box of picture pixels anew, because the mask has changed there; None does nothing."""
        if box is not None:
            self._spoil(self.view.screen_box(box))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        image = self._frame.image()
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        painter.scale(1 / ratio, 1 / ratio)
        device = self._to_device(event.rect())
        painter.drawImage(device.topLeft(), image, device)
        if self._swipe is not None:
            x = round(self._swipe * self._frame.box.right)
            painter.fillRect(QRect(QPoint(x - 1, 0), QPoint(x + 1, device.bottom())), self.palette().highlight())
        self._paint_over(painter)
        painter.end()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._new_frame()

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._take_surround()
        super().changeEvent(event)

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._new_frame()
        return super().event(event)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.has_picture:
            self._change_view(self.view.zoomed(_ZOOM_STEP ** wheel_steps(event), self._device_point(event.position())))
            self._tell_hovered(event.position())
        event.accept()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in _PANNING_BUTTONS:
            self._begin_pan(event.position())

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._go_on_panning(event.position()):
            self._tell_hovered(event.position())

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() in _PANNING_BUTTONS:
            self._end_pan()

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.fit()
            self.view_changed.emit(self.view)

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self.pixel_hovered.emit(None)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_QuoteLeft:
            self._peek(on=True)
        else:
            super().keyPressEvent(event)

    @override
    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_QuoteLeft and not event.isAutoRepeat():
            self._peek(on=False)
        else:
            super().keyReleaseEvent(event)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._end_pan()
        self._peek(on=False)
        super().focusOutEvent(event)

    def _paint_over(self, painter: QPainter) -> None:
        """Draw, in device pixels, what lies over the picture."""

    def _begin_pan(self, position: QPointF) -> None:
        self._pan_from = self._device_point(position)
        self._update_cursor()

    def _go_on_panning(self, position: QPointF) -> bool:
        if self._pan_from is None:
            return False
        now = self._device_point(position)
        self._change_view(self.view.panned(now[0] - self._pan_from[0], now[1] - self._pan_from[1]))
        self._pan_from = now
        return True

    def _end_pan(self) -> None:
        if self._pan_from is not None:
            self._pan_from = None
            self._update_cursor()

    def _update_cursor(self) -> None:
        panning = self._pan_from is not None
        self.setCursor(Qt.CursorShape.ClosedHandCursor if panning else Qt.CursorShape.OpenHandCursor)

    def _tell_hovered(self, position: QPointF) -> None:
        self.pixel_hovered.emit(self._pixel_under(self.view.to_picture(self._device_point(position))))

    def _pixel_under(self, point: Point) -> tuple[int, int] | None:
        picture = self._frame.scene.picture
        x, y = math.floor(point[0]), math.floor(point[1])
        if picture is None or not (0 <= x < picture.width and 0 <= y < picture.height):
            return None
        return x, y

    def _change_view(self, view: ViewTransform, *, keeps_fit: bool = False) -> None:
        if view != self.view:
            self._frame.view = view
            self._fits = self._fits and keeps_fit
            self._spoil()
            self.view_changed.emit(view)

    def _peek(self, *, on: bool) -> None:
        if on != self._peeking:
            self._peeking = on
            self._show_overlay()

    def _show_overlay(self) -> None:
        self._frame.scene.overlay = self._overlay_visible and not self._peeking
        self._spoil()

    def _spoil(self, box: Box | None = None) -> None:
        part = self._frame.spoil(box)
        if not part.empty:
            self.update(self._to_logical(part))

    def _new_frame(self) -> None:
        size = self._device_size()
        self._frame.resize(size.right, size.bottom)
        self._place_divider()
        if self._fits:
            self.fit()
        self.update()

    def _place_divider(self) -> None:
        self._frame.scene.swipe = None if self._swipe is None else round(self._swipe * self._frame.box.right)

    def _take_surround(self) -> None:
        window = self.palette().color(QPalette.ColorRole.Window)
        shade = window.darker(112) if window.lightness() > 128 else window.darker(135)
        self._frame.scene.surround = (shade.blue(), shade.green(), shade.red())
        self._spoil()

    def _device_size(self) -> Box:
        ratio = self.devicePixelRatioF()
        return Box(0, 0, max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))

    def _device_point(self, position: QPointF) -> Point:
        ratio = self.devicePixelRatioF()
        return position.x() * ratio, position.y() * ratio

    def _to_device(self, rect: QRect) -> QRect:
        ratio = self.devicePixelRatioF()
        scaled = QRectF(rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio)
        whole = self._frame.box
        return scaled.toAlignedRect().intersected(QRect(0, 0, whole.width, whole.height))

    def _to_logical(self, box: Box) -> QRect:
        ratio = self.devicePixelRatioF()
        return QRectF(box.left / ratio, box.top / ratio, box.width / ratio, box.height / ratio).toAlignedRect()


def wheel_steps(event: QWheelEvent) -> float:
    """Return by how many notches the wheel was turned; with Alt or Shift some systems turn it sideways."""
    return (event.angleDelta().y() or event.angleDelta().x()) / _WHEEL_STEP

"""A picture with its masks on the screen: looked at, zoomed, moved."""

import math

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from segstudio.dataset.images import ImageArray
from segstudio.painting.brush import Point
from segstudio.painting.display import Display
from segstudio.painting.pyramid import Pyramid
from segstudio.painting.view import ViewTransform
from segstudio.ui.canvas.navigator import Navigator
from segstudio.ui.canvas.scene_view import SceneView
from segstudio.ui.overriding import override

_ZOOM_STEP = 1.2
_WHEEL_STEP = 120.0
_PANNING_BUTTONS = (Qt.MouseButton.MiddleButton, Qt.MouseButton.LeftButton)


class PictureView(SceneView):
    """Shows a picture and a mask over it, and lets a person look around in it.

    The wheel, with Ctrl or without, zooms at the cursor; dragging pans; holding the backtick hides the mask; a double
    click shows the whole picture. Where only a part is shown, a small overview at the lower right says which.

    Signals:
        view_changed(ViewTransform): a person zoomed, panned, or asked for the whole picture (`fits` says so).
        pixel_hovered((x, y) | None): the pixel under the cursor.
        picture_changed(Pyramid | None): another picture is shown.
    """

    view_changed = Signal(object)
    pixel_hovered = Signal(object)
    picture_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Picture")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._pan_from: Point | None = None
        self.navigator = Navigator(self._frame, self)
        self.navigator.point_chosen.connect(self._centre_on)
        self.drawn_anew.connect(self.navigator.note_change)
        self._update_cursor()

    @override
    def set_picture(self, picture: Pyramid | ImageArray | None) -> None:
        super().set_picture(picture)
        self.picture_changed.emit(self.picture)

    def set_display(self, display: Display) -> None:
        """Look at picture and masks in another way; no pixel changes for it."""
        self.set_tone(display.tone)
        self.set_outlines(display.outlines)
        self.set_grid(display.grid)
        self.navigator.set_wanted(display.navigator)

    def zoom_by(self, factor: float) -> None:
        """Zoom at the middle of the canvas."""
        size = self._device_size()
        self._zoom(factor, (size.right / 2, size.bottom / 2))

    def _zoom(self, factor: float, at: Point) -> None:
        # Half of what fits is small enough: beyond that, the picture would be lost from sight.
        smallest = min(self.fitting_view().zoom / 2, self.view.zoom, 1.0)
        self._change_view(self.view.zoomed(factor, at, smallest=smallest))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.navigator.place()

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.has_picture:
            self._zoom(_ZOOM_STEP ** wheel_steps(event), self._device_point(event.position()))
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
        picture = self.picture
        x, y = math.floor(point[0]), math.floor(point[1])
        if picture is None or not (0 <= x < picture.width and 0 <= y < picture.height):
            return None
        return x, y

    def _centre_on(self, point: Point) -> None:
        size = self._device_size()
        x, y = self.view.to_screen(point)
        self._change_view(self.view.panned(size.right / 2 - x, size.bottom / 2 - y))

    def _change_view(self, view: ViewTransform, *, keeps_fit: bool = False) -> None:
        if view != self.view:
            self._frame.view = view
            self._fits = self._fits and keeps_fit
            self._spoil()
            self.view_changed.emit(view)

    def _peek(self, *, on: bool) -> None:
        if on != self._frame.scene.bare:
            self._frame.scene.bare = on
            self._spoil()


def wheel_steps(event: QWheelEvent) -> float:
    """Return by how many notches the wheel was turned; with Alt or Shift some systems turn it sideways."""
    return (event.angleDelta().y() or event.angleDelta().x()) / _WHEEL_STEP

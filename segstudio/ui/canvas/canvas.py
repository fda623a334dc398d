"""A picture with its mask on the screen.

The canvas holds one image of its own size in device pixels and draws into it only what has changed
(`painting.render`); painting on the screen is then one blit. It works in device pixels throughout, so that fractional
scale factors shift nothing (R23).
"""

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPointingDevice,
    QResizeEvent,
    QTabletEvent,
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
from segstudio.painting.render import Pyramid, Scene, render
from segstudio.painting.view import ViewTransform, fitted
from segstudio.ui.canvas.tool import CanvasPointer, CanvasTool

_ZOOM_STEP = 1.2
_WHEEL_STEP = 120.0


class Canvas(QWidget):
    """Shows a picture, a mask over it, and lets a tool act on them.

    Ctrl+wheel and the plain wheel zoom at the cursor; Space with a drag, or the middle button, pans; holding the
    backtick hides the mask; a double click, or `fit`, shows the whole picture.

    Signals:
        view_changed(ViewTransform): a person zoomed, panned, or asked for the whole picture (`fits` says so).
        pixel_hovered((x, y) | None): the pixel under the cursor.
    """

    view_changed = Signal(object)
    pixel_hovered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Canvas")
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(120, 120)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._scene = Scene()
        self._view = ViewTransform()
        self._fits = True
        self._pixels = np.zeros((1, 1, 4), dtype=np.uint8)
        self._frame = QImage()
        self._stale: Box | None = None
        self._tool: CanvasTool | None = None
        self._pointer: CanvasPointer | None = None
        self._drawing = False
        self._pan_from: Point | None = None
        self._space_held = False
        self._peeking = False
        self._swipe: float | None = None
        self._pen_is_down = False

    @property
    def view(self) -> ViewTransform:
        """Which part of the picture is shown, in device pixels."""
        return self._view

    @property
    def fits(self) -> bool:
        """Whether the whole picture is shown, and stays so when the window changes its size."""
        return self._fits

    @property
    def has_picture(self) -> bool:
        """Whether there is anything to see."""
        return self._scene.picture is not None

    def set_picture(self, image: ImageArray | None) -> None:
        """Show another picture, (height, width, 3) uint8 RGB, whole. The masks of the one before go."""
        self._cancel()
        old = self._scene.picture
        self._scene.picture = None if image is None else Pyramid(image)
        self._scene.mask = self._scene.second_mask = None
        new = self._scene.picture
        if new is not None and (old is None or (old.width, old.height) != (new.width, new.height)):
            self._fits = True
        if self._fits:
            self.fit()
        self._draw_all()

    def set_mask(self, mask: MaskArray | None) -> None:
        """Lay a mask of the picture's size over it. It is not copied: say `refresh` when it changes."""
        self._scene.mask = mask
        self._draw_all()

    def set_second_mask(self, mask: MaskArray | None) -> None:
        """Give the mask that is shown at the right of the divider (see `set_swipe`)."""
        self._scene.second_mask = mask
        self._draw_all()

    def set_swipe(self, fraction: float | None) -> None:
        """Divide the canvas at this fraction of its width: mask left, second mask right. None: mask everywhere."""
        self._swipe = fraction
        self._draw_all()

    def set_colours(self, classes: ClassList) -> None:
        """Draw the masks in the colours of these classes."""
        self.set_colour_table(colour_table(classes))

    def set_colour_table(self, table: ColourTable) -> None:
        """Draw the masks in these colours: (65536, 4) uint8 red, green, blue, cover by id."""
        self._scene.colours = table
        self._draw_all()

    def set_opacity(self, opacity: float) -> None:
        """Draw the masks more or less strongly: 0 to 1."""
        self._scene.opacity = opacity
        self._draw_all()

    def set_overlay_visible(self, visible: bool) -> None:  # noqa: FBT001 - a Qt slot
        """Draw the masks, or not."""
        self._scene.overlay = visible
        self._draw_all()

    def set_tool(self, tool: CanvasTool | None) -> None:
        """Put a tool into the person's hand; None leaves looking, zooming and panning."""
        self._cancel()
        self._tool = tool
        self._update_cursor()
        self.update()

    def set_view(self, view: ViewTransform) -> None:
        """Show another part of the picture; says nothing to anybody, so that canvases can follow one another."""
        if view != self._view:
            self._view = view
            self._fits = False
            self._draw_all()

    def fit(self) -> None:
        """Show the whole picture, and go on doing so when the window changes its size."""
        if self._scene.picture is not None:
            size = self._device_size()
            self._view = fitted(
                width=self._scene.picture.width,
                height=self._scene.picture.height,
                viewport_width=size.right,
                viewport_height=size.bottom,
            )
            self._fits = True
            self._draw_all()

    def zoom_by(self, factor: float) -> None:
        """Zoom at the middle of the canvas."""
        size = self._device_size()
        self._change_view(self._view.zoomed(factor, (size.right / 2, size.bottom / 2)))

    def refresh(self, box: Box | None) -> None:
        """Draw a box of picture pixels anew, because the mask has changed there; None does nothing."""
        if box is not None:
            self._draw(self._view.screen_box(box))

    def refresh_cursor(self) -> None:
        """Draw the tool's cursor anew, because its size has changed."""
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        self._render_stale()
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        painter.scale(1 / ratio, 1 / ratio)
        device = self._to_device(event.rect())
        painter.drawImage(device.topLeft(), self._frame, device)
        self._paint_divider(painter)
        if self._tool is not None and self._pointer is not None and self._pan_from is None and not self._space_held:
            self._tool.paint_cursor(painter, self._view, self._pointer)
        painter.end()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._new_frame()
        if self._fits:
            self.fit()

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._draw_all()
        elif event.type() == QEvent.Type.EnabledChange:
            self._cancel()
        super().changeEvent(event)

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._new_frame()
        return super().event(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._is_echo_of_pen(event):
            return
        self._note_pointer(event.position(), event.modifiers())
        pans = event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton and (self._space_held or self._tool is None)
        )
        if pans:
            self._pan_from = self._device_point(event.position())
            self._update_cursor()
        elif event.button() == Qt.MouseButton.LeftButton:
            self._press()

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._is_echo_of_pen(event):
            return
        self._move(event.position(), event.modifiers())

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._is_echo_of_pen(event):
            return
        if self._pan_from is not None and event.button() in (Qt.MouseButton.MiddleButton, Qt.MouseButton.LeftButton):
            self._pan_from = None
            self._update_cursor()
        elif event.button() == Qt.MouseButton.LeftButton:
            self._note_pointer(event.position(), event.modifiers())
            self._release()

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._tool is None and event.button() == Qt.MouseButton.LeftButton:
            self.fit()
            self.view_changed.emit(self._view)
        else:
            # Two quick dabs are two dabs.
            self.mousePressEvent(event)

    @override
    def tabletEvent(self, event: QTabletEvent) -> None:
        # Accepted, so that Qt sends no mouse events after it; what comes all the same is an echo (R24).
        event.accept()
        eraser = event.pointerType() == QPointingDevice.PointerType.Eraser
        match event.type():
            case QEvent.Type.TabletPress:
                self._pen_is_down = True
                self._note_pointer(event.position(), event.modifiers(), eraser=eraser)
                self._press()
            case QEvent.Type.TabletMove:
                self._move(event.position(), event.modifiers(), eraser=eraser)
            case QEvent.Type.TabletRelease:
                self._note_pointer(event.position(), event.modifiers(), eraser=eraser)
                self._release()
                self._pen_is_down = False

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        # With Alt or Shift some systems turn the wheel sideways.
        turned = event.angleDelta().y() or event.angleDelta().x()
        steps = turned / _WHEEL_STEP
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self._tool is not None:
            self._tool.wheel(steps)
            self.update()
        elif self._scene.picture is not None:
            self._change_view(self._view.zoomed(_ZOOM_STEP**steps, self._device_point(event.position())))
            self._note_pointer(event.position(), event.modifiers())
        event.accept()

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self.pixel_hovered.emit(None)
        self.update()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat():
            return
        match event.key():
            case Qt.Key.Key_Space:
                self._space_held = True
                self._update_cursor()
                self.update()
            case Qt.Key.Key_QuoteLeft:
                self._peek(on=True)
            case Qt.Key.Key_Escape if self._drawing:
                self._cancel()
            case _:
                super().keyPressEvent(event)

    @override
    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat():
            return
        match event.key():
            case Qt.Key.Key_Space:
                self._space_held = False
                self._update_cursor()
                self.update()
            case Qt.Key.Key_QuoteLeft:
                self._peek(on=False)
            case _:
                super().keyReleaseEvent(event)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        # A menu, a dialog or another window takes the button's release along: the stroke cannot end any more (R25).
        self._cancel()
        self._space_held = False
        self._pan_from = None
        self._peek(on=False)
        self._update_cursor()
        super().focusOutEvent(event)

    def _press(self) -> None:
        if self._tool is not None and self._pointer is not None and self._scene.picture is not None:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._drawing = True
            self._tool.press(self._pointer)

    def _move(self, position: QPointF, modifiers: Qt.KeyboardModifier, *, eraser: bool = False) -> None:
        if self._pan_from is not None:
            now = self._device_point(position)
            self._change_view(self._view.panned(now[0] - self._pan_from[0], now[1] - self._pan_from[1]))
            self._pan_from = now
            return
        self._note_pointer(position, modifiers, eraser=eraser)
        if self._drawing and self._tool is not None and self._pointer is not None:
            self._tool.move(self._pointer)

    def _release(self) -> None:
        if self._drawing and self._tool is not None and self._pointer is not None:
            self._drawing = False
            self._tool.release(self._pointer)

    def _cancel(self) -> None:
        if self._drawing and self._tool is not None:
            self._drawing = False
            self._tool.cancel()

    def _is_echo_of_pen(self, event: QMouseEvent) -> bool:
        from_pen = event.device() is not None and event.device().type() == QPointingDevice.DeviceType.Stylus
        return from_pen or self._pen_is_down

    def _note_pointer(self, position: QPointF, modifiers: Qt.KeyboardModifier, *, eraser: bool = False) -> None:
        before = self._pointer
        self._pointer = CanvasPointer(self._view.to_picture(self._device_point(position)), modifiers, eraser)
        self._update_around(before)
        self._update_around(self._pointer)
        self.pixel_hovered.emit(self._pixel_under(self._pointer.position))

    def _pixel_under(self, point: Point) -> tuple[int, int] | None:
        picture = self._scene.picture
        x, y = int(np.floor(point[0])), int(np.floor(point[1]))
        if picture is None or not (0 <= x < picture.width and 0 <= y < picture.height):
            return None
        return x, y

    def _update_around(self, pointer: CanvasPointer | None) -> None:
        if pointer is None or self._tool is None:
            return
        x, y = self._view.to_screen(pointer.position)
        reach = self._tool.cursor_radius(self._view) + 4
        self.update(self._to_logical(Box(int(x - reach), int(y - reach), int(x + reach) + 1, int(y + reach) + 1)))

    def _change_view(self, view: ViewTransform) -> None:
        if view != self._view:
            self._view = view
            self._fits = False
            self._draw_all()
            self.view_changed.emit(view)

    def _peek(self, *, on: bool) -> None:
        if on != self._peeking:
            self._peeking = on
            self._draw_all()

    def _draw_all(self) -> None:
        self._draw(self._device_size())

    def _draw(self, box: Box) -> None:
        """Mark device pixels as stale; they are computed once, when the system asks for them."""
        size = self._device_size()
        box = box.clipped(size.right, size.bottom)
        if not box.empty:
            self._stale = box.united(self._stale)
            self.update(self._to_logical(box))

    def _render_stale(self) -> None:
        if self._stale is None or self._frame.isNull():
            return
        size = self._device_size()
        box, self._stale = self._stale.clipped(size.right, size.bottom), None
        if box.empty:
            return
        window = self.palette().color(QPalette.ColorRole.Window)
        shade = window.darker(112) if window.lightness() > 128 else window.darker(135)
        self._scene.surround = (shade.blue(), shade.green(), shade.red())
        self._scene.swipe = None if self._swipe is None else round(self._swipe * size.right)
        overlay = self._scene.overlay
        self._scene.overlay = overlay and not self._peeking
        self._pixels[box.slices] = render(self._scene, self._view, box)
        self._scene.overlay = overlay

    def _new_frame(self) -> None:
        size = self._device_size()
        self._pixels = np.zeros((size.bottom, size.right, 4), dtype=np.uint8)
        self._frame = QImage(
            self._pixels.data, size.right, size.bottom, self._pixels.strides[0], QImage.Format.Format_RGB32
        )
        self._draw_all()

    def _device_size(self) -> Box:
        ratio = self.devicePixelRatioF()
        return Box(0, 0, max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))

    def _device_point(self, position: QPointF) -> Point:
        ratio = self.devicePixelRatioF()
        return position.x() * ratio, position.y() * ratio

    def _to_device(self, rect: QRect) -> QRect:
        ratio = self.devicePixelRatioF()
        scaled = QRectF(rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio)
        return scaled.toAlignedRect().intersected(self._frame.rect())

    def _to_logical(self, box: Box) -> QRect:
        ratio = self.devicePixelRatioF()
        return QRectF(box.left / ratio, box.top / ratio, box.width / ratio, box.height / ratio).toAlignedRect()

    def _paint_divider(self, painter: QPainter) -> None:
        if self._swipe is None:
            return
        size = self._device_size()
        x = round(self._swipe * size.right)
        painter.fillRect(QRect(QPoint(x - 1, 0), QPoint(x + 1, size.bottom)), self.palette().highlight())

    def _update_cursor(self) -> None:
        if self._pan_from is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._space_held or self._tool is None:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            # The ring is drawn by the tool; a cross marks its middle even where the ring is too small to see.
            self.setCursor(Qt.CursorShape.CrossCursor)

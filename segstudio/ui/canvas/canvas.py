"""The hand over the picture: mouse, pen and keyboard, and the tool that they hold."""

import math

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPointingDevice,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from segstudio.dataset.images import ImageArray
from segstudio.painting.boxes import Box
from segstudio.painting.brush import Point
from segstudio.painting.pyramid import Pyramid
from segstudio.ui.canvas.keyboard import arrow_step, kept_in_view
from segstudio.ui.canvas.picture_view import PictureView, wheel_steps
from segstudio.ui.canvas.tool import CanvasPointer, CanvasTool
from segstudio.ui.overriding import override

_CONFIRM_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Canvas(PictureView):
    """A `PictureView` that a tool acts on.

    The left button presses the tool; the middle button, or Space with the left one, pans; Shift+wheel changes the
    tool's size. Arrow keys move a cursor of their own, with which Space then presses the tool, so that everything can
    be painted without a mouse. Escape drops what the tool has begun, Enter completes it.

    The keyboard follows the mouse onto the canvas, but not out of a field that is being typed in: keys then do what
    is expected of them here, wherever the last click was.

    Signals:
        gesture_changed(): something was begun, completed or dropped; see `busy`.
        escaped(): Escape was pressed, and there was nothing to drop.
        pixel_picked((x, y)): a person wants the class of this pixel (Alt+click).
        tool_cycled(int): a person wants the next tool (1, Tab) or the one before (-1, Shift+Tab).
    """

    gesture_changed = Signal()
    escaped = Signal()
    pixel_picked = Signal(object)
    tool_cycled = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        self._tool: CanvasTool | None = None
        self._pointer: CanvasPointer | None = None
        self._pressed = False
        self._by_keyboard = False
        self._space_held = False
        self._pen_is_down = False
        super().__init__(parent)
        self.setAccessibleName("Canvas")
        self.setTabletTracking(True)

    @override
    def set_picture(self, picture: Pyramid | ImageArray | None) -> None:
        self.cancel()
        super().set_picture(picture)

    @override
    def focusNextPrevChild(self, next: bool) -> bool:
        # Tab changes the tool; F6 leaves the canvas.
        return self._tool is None and super().focusNextPrevChild(next)

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.EnabledChange:
            self.cancel()
        super().changeEvent(event)

    @override
    def _paint_over(self, painter: QPainter) -> None:
        if self._tool is not None:
            self._tool.paint_outline(painter, self.view)
            if self._pointer is not None and self._pan_from is None and not self._space_held:
                self._tool.paint_cursor(painter, self.view, self._pointer)

    def set_tool(self, tool: CanvasTool | None) -> None:
        """Put a tool into the person's hand; None leaves looking, zooming and panning.

        A stroke under way ends as it is; what waits for Enter may wait on until its tool is taken again.
        """
        self.settle()
        if self._tool is not None:
            self._tool.put_down()
        self._tool = tool
        if tool is not None:
            tool.take_up()
        self.gesture_changed.emit()
        self._update_cursor()
        self.update()

    def refresh_cursor(self) -> None:
        """Draw the tool's cursor and outline anew."""
        self.update()

    @property
    def busy(self) -> bool:
        """Whether the tool has begun something that is not complete."""
        return self._tool is not None and self._tool.busy

    def cancel(self) -> None:
        """Drop what the tool has begun; every pixel is as before it (R25)."""
        self._pressed = False
        if self._tool is not None:
            self._tool.cancel()
        self.gesture_changed.emit()

    def settle(self) -> None:
        """End the stroke under way, if there is one, as if the button had come up here."""
        self._release()
        if self._tool is not None:
            self._tool.settle()

    def take_back(self) -> bool:
        """Take back the last part of what the tool has begun, or all of it; return whether there was anything."""
        if not self.busy:
            return False
        if self._pressed or self._tool is None or not self._tool.step_back():
            self.cancel()
        self.update()
        return True

    @override
    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._take_focus()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._is_echo_of_pen(event):
            return
        self._note_pointer(event.position(), event.modifiers())
        if self._begins_pan(event):
            self._begin_pan(event.position())
        elif event.button() == Qt.MouseButton.LeftButton:
            self._press()

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._is_echo_of_pen(event):
            self._take_focus()
            self._move(event.position(), event.modifiers())

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._is_echo_of_pen(event):
            return
        if self._pan_from is not None:
            super().mouseReleaseEvent(event)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._note_pointer(event.position(), event.modifiers())
            self._release()

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._tool is None:
            super().mouseDoubleClickEvent(event)
        elif event.button() == Qt.MouseButton.LeftButton and not self._is_echo_of_pen(event):
            self._note_pointer(event.position(), event.modifiers())
            self._press(double=True)

    @override
    def tabletEvent(self, event: QTabletEvent) -> None:
        # Accepted, so that Qt sends no mouse events after it; what comes all the same is an echo (R24).
        event.accept()
        pen = (event.pointerType() == QPointingDevice.PointerType.Eraser, event.pressure())
        match event.type():
            case QEvent.Type.TabletPress:
                self._pen_is_down = True
                self._note_pointer(event.position(), event.modifiers(), pen)
                self._press()
            case QEvent.Type.TabletMove:
                self._move(event.position(), event.modifiers(), pen)
            case QEvent.Type.TabletRelease:
                self._note_pointer(event.position(), event.modifiers(), pen)
                self._release()
                self._pen_is_down = False

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self._tool is not None:
            self._tool.wheel(wheel_steps(event))
            self.update()
            event.accept()
        else:
            super().wheelEvent(event)
            self._note_pointer(event.position(), event.modifiers())

    @override
    def leaveEvent(self, event: QEvent) -> None:
        if not self._by_keyboard:
            self._pointer = None
            super().leaveEvent(event)
            self.update()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = arrow_step(event.key(), event.modifiers(), self.view.zoom)
        if step is not None and self._tool is not None and self.has_picture:
            self._move_by_keyboard(step, event.modifiers())
        elif event.isAutoRepeat():
            return
        elif event.key() == Qt.Key.Key_Space:
            self._press_space(event.modifiers())
        elif event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self.tool_cycled.emit(1 if event.key() == Qt.Key.Key_Tab else -1)
        elif event.key() in _CONFIRM_KEYS and self._tool is not None:
            self._tool.confirm()
            self.gesture_changed.emit()
        elif event.key() == Qt.Key.Key_Backspace and self._tool is not None and self._tool.step_back():
            self.update()
        elif event.key() == Qt.Key.Key_Escape and self.busy:
            self.cancel()
            self.update()
        elif event.key() == Qt.Key.Key_Escape and self._tool is not None:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)

    @override
    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._release_space()
        else:
            super().keyReleaseEvent(event)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        # A menu, a dialog or another window takes the button's release along: a stroke cannot end any more (R25).
        # What waits for Enter (a polygon, a proposal) has no button down, and stays.
        if self._pressed:
            self.cancel()
        self._space_held = False
        self._update_cursor()
        super().focusOutEvent(event)

    def _take_focus(self) -> None:
        if self.hasFocus() or not self.isActiveWindow():
            return
        if not isinstance(QApplication.focusWidget(), QLineEdit | QAbstractSpinBox | QTextEdit | QPlainTextEdit):
            self.setFocus(Qt.FocusReason.MouseFocusReason)

    def _begins_pan(self, event: QMouseEvent) -> bool:
        return event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton and (self._space_held or self._tool is None)
        )

    def _press(self, *, double: bool = False) -> None:
        if self._tool is None or self._pointer is None or not self.has_picture:
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if self._pointer.modifiers & Qt.KeyboardModifier.AltModifier:
            pixel = self._pixel_under(self._pointer.position)
            if pixel is not None:
                self.pixel_picked.emit(pixel)
            return
        self._pressed = True
        if double:
            self._tool.double_click(self._pointer)
        else:
            self._tool.press(self._pointer)
        self.gesture_changed.emit()

    def _move(self, position: QPointF, modifiers: Qt.KeyboardModifier, pen: tuple[bool, float] = (False, 1.0)) -> None:
        if not self._go_on_panning(position):
            self._note_pointer(position, modifiers, pen)
            self._tell_move()

    def _tell_move(self) -> None:
        if self._tool is None or self._pointer is None:
            return
        if self._pressed:
            self._tool.move(self._pointer)
        else:
            self._tool.hover(self._pointer)

    def _release(self) -> None:
        if self._pressed and self._tool is not None and self._pointer is not None:
            self._pressed = False
            self._tool.release(self._pointer)
            self.gesture_changed.emit()

    def _move_by_keyboard(self, step: Point, modifiers: Qt.KeyboardModifier) -> None:
        size = self._device_size()
        before = self._pointer.position if self._pointer else self.view.to_picture((size.right / 2, size.bottom / 2))
        picture = self.picture
        assert picture is not None
        # In the middle of a pixel: a brush of any size then covers whole pixels around it.
        x = min(max(math.floor(before[0]) + step[0], 0), picture.width - 1) + 0.5
        y = min(max(math.floor(before[1]) + step[1], 0), picture.height - 1) + 0.5
        self._by_keyboard = True
        self._change_view(kept_in_view(self.view, (x, y), size), keeps_fit=True)
        held = modifiers & ~Qt.KeyboardModifier.ShiftModifier  # Shift only makes the way longer here
        self._take_pointer(CanvasPointer((x, y), held))
        self._tell_move()

    def _press_space(self, modifiers: Qt.KeyboardModifier) -> None:
        if self._by_keyboard and self._pointer is not None:
            self._take_pointer(CanvasPointer(self._pointer.position, modifiers))
            self._press()
            return
        self._space_held = True
        self._update_cursor()
        self.update()

    def _release_space(self) -> None:
        if self._by_keyboard and self._pressed:
            self._release()
        self._space_held = False
        self._update_cursor()
        self.update()

    def _is_echo_of_pen(self, event: QMouseEvent) -> bool:
        from_pen = event.device() is not None and event.device().type() == QPointingDevice.DeviceType.Stylus
        return from_pen or self._pen_is_down

    def _note_pointer(
        self, position: QPointF, modifiers: Qt.KeyboardModifier, pen: tuple[bool, float] = (False, 1.0)
    ) -> None:
        self._by_keyboard = False
        self._take_pointer(CanvasPointer(self.view.to_picture(self._device_point(position)), modifiers, *pen))

    def _take_pointer(self, pointer: CanvasPointer) -> None:
        before, self._pointer = self._pointer, pointer
        self._update_around(before)
        self._update_around(pointer)
        self.pixel_hovered.emit(self._pixel_under(pointer.position))

    def _update_around(self, pointer: CanvasPointer | None) -> None:
        if pointer is None or self._tool is None:
            return
        x, y = self.view.to_screen(pointer.position)
        reach = self._tool.cursor_radius(self.view) + 4
        self.update(self._to_logical(Box(int(x - reach), int(y - reach), int(x + reach) + 1, int(y + reach) + 1)))

    @override
    def _update_cursor(self) -> None:
        if self._pan_from is not None or self._space_held or self._tool is None:
            super()._update_cursor()
        else:
            # The ring is drawn by the tool; a cross marks its middle even where the ring is too small to see.
            self.setCursor(Qt.CursorShape.CrossCursor)

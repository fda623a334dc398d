"""The Label page: tool bar, canvas, classes."""

import math
from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QSlider,
    QSpinBox,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from segstudio.dataset.classes import ClassList
from segstudio.dataset.images import ImageArray
from segstudio.painting.boxes import Box
from segstudio.painting.document import MaskDocument
from segstudio.painting.pyramid import Pyramid
from segstudio.ui.actions import ActionSpec, make_action
from segstudio.ui.canvas.canvas import Canvas
from segstudio.ui.icons import set_label_icon
from segstudio.ui.painter.brush_tool import LARGEST_DIAMETER, SMALLEST_DIAMETER, BrushTool, stepped_diameter
from segstudio.ui.painter.class_panel import ClassPanel
from segstudio.ui.painter.display_panel import DisplayButton
from segstudio.ui.painter_status import PainterStatus
from segstudio.ui.theme import SPACING, set_role

_TOOLS = {
    "brush": ActionSpec("brush", "&Brush", "brush", ("B",), "Paint the chosen class; Ctrl erases", checkable=True),
    "eraser": ActionSpec("eraser", "&Eraser", "eraser", ("E",), "Paint background", checkable=True),
}
_UNDO = ActionSpec("undo", "&Undo", "undo", ("Ctrl+Z",), "Take back the last stroke")
_REDO = ActionSpec("redo", "&Redo", "redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Do the stroke again")
_SMALLER = ActionSpec("smaller", "S&maller brush", "", ("[",), "Make the brush smaller (or Shift and the wheel)")
_LARGER = ActionSpec("larger", "&Larger brush", "", ("]",), "Make the brush larger (or Shift and the wheel)")
_OVERLAY = ActionSpec("overlay", "Show the &mask", "overlay", ("T",), "Show the mask over the picture", checkable=True)
_FIT = ActionSpec("fit", "&Fit", "fit", ("F",), "Show the whole picture")
_ZOOM_IN = ActionSpec("zoom_in", "Zoom &in", "zoom-in", ("+", "="), "Enlarge (or turn the wheel)")
_ZOOM_OUT = ActionSpec("zoom_out", "Zoom &out", "zoom-out", ("-",), "Show more (or turn the wheel)")
_PREVIOUS = ActionSpec("previous", "&Previous picture", "previous", ("A",), "Go to the picture before")
_NEXT = ActionSpec("next", "&Next picture", "next", ("D",), "Go to the picture after")

_MENU = "undo redo - brush eraser smaller larger - overlay fit zoom_in zoom_out - previous next"


class PainterPanel(QWidget):
    """Where masks are painted.

    Signals:
        mask_changed(): a stroke, an undo or a redo is done.
        classes_edited(ClassList): a person wants the classes to be so.
        message_raised(str): something for the status line.
        previous_requested(), next_requested(), save_requested(): a person wants that.
        status_changed(PainterStatus).
    """

    mask_changed = Signal()
    classes_edited = Signal(object)
    message_raised = Signal(str)
    previous_requested = Signal()
    next_requested = Signal()
    save_requested = Signal()
    status_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document: MaskDocument | None = None
        self._classes = ClassList(())
        self._hovered: tuple[int, int] | None = None
        self._tool = BrushTool(self._on_painted, self._on_stroke_finished, self.set_diameter)
        self.canvas = Canvas()
        self.canvas.set_tool(self._tool)
        self.canvas.pixel_hovered.connect(self._on_hovered)
        self.classes = ClassPanel()
        self.classes.class_chosen.connect(self._on_class_chosen)
        self.classes.classes_edited.connect(self.classes_edited)
        self.classes.edit_refused.connect(self.message_raised)
        self._build_actions()
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.canvas)
        splitter.addWidget(self.classes)
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([1000, 208])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._build_bar())
        layout.addWidget(splitter, 1)
        self.set_diameter(self._tool.diameter)
        self._actions["overlay"].setChecked(True)
        self._actions["brush"].setChecked(True)
        self._update_enabled()

    def set_document(
        self, document: MaskDocument | None, image: ImageArray | None, picture: Pyramid | None = None
    ) -> None:
        """Paint on another mask over another picture (RGB); None for nothing.

        With ``picture``, it is what is seen of ``image``, ready-made or with more bits.
        """
        self.canvas.set_picture(image if picture is None else picture)
        self._document = document
        self._tool.document = document
        self.canvas.set_mask(None if document is None else document.mask)
        self._update_enabled()
        self._say_status()

    def set_classes(self, classes: ClassList) -> None:
        """Paint these classes."""
        self._classes = classes
        self._tool.background_id = 0 if 0 in classes.ids else classes.ids[0]
        self.classes.set_classes(classes)
        self.canvas.set_colours(classes)
        self._say_status()

    def set_diameter(self, diameter: int) -> None:
        """Make the brush this many pixels wide."""
        self._tool.diameter = diameter
        for control in (self._size_box, self._size_slider):
            blocked = control.blockSignals(True)
            control.setValue(_to_slider(diameter) if control is self._size_slider else diameter)
            control.blockSignals(blocked)
        self.canvas.refresh_cursor()
        self._say_status()

    def menu_actions(self) -> list[QAction | None]:
        """Return what the Edit menu offers; None is a separator."""
        return [None if name == "-" else self._actions[name] for name in _MENU.split()]

    def _build_actions(self) -> None:
        self._actions: dict[str, QAction] = {}
        group = QActionGroup(self)
        for name, spec in _TOOLS.items():
            action = self._add_action(spec, lambda checked, name=name: self._on_tool_toggled(name, chosen=checked))
            group.addAction(action)
        self._add_action(_UNDO, self._on_undo)
        self._add_action(_REDO, self._on_redo)
        self._add_action(_SMALLER, lambda: self.set_diameter(stepped_diameter(self._tool.diameter, -1)))
        self._add_action(_LARGER, lambda: self.set_diameter(stepped_diameter(self._tool.diameter, 1)))
        self._add_action(_OVERLAY, self.canvas.set_overlay_visible)
        self._add_action(_FIT, self.canvas.fit)
        self._add_action(_ZOOM_IN, lambda: self.canvas.zoom_by(1.25))
        self._add_action(_ZOOM_OUT, lambda: self.canvas.zoom_by(0.8))
        self._add_action(_PREVIOUS, self.previous_requested.emit)
        self._add_action(_NEXT, self.next_requested.emit)
        for position, digit in enumerate("1234567890"):
            spec = ActionSpec(f"class_{digit}", f"Paint class {position + 1} of the list", "", (digit,))
            self._add_action(spec, lambda position=position: self.classes.choose_position(position))

    def _add_action(self, spec: ActionSpec, slot: Callable[..., object]) -> QAction:
        # Wherever the focus is (often in the browser), as long as this page is shown: Qt asks for that by itself.
        action = make_action(self, spec, slot)
        self.addAction(action)
        self._actions[spec.name] = action
        return action

    def _build_bar(self) -> QWidget:
        bar = QFrame()
        set_role(bar, "panel")
        row = QHBoxLayout(bar)
        row.setContentsMargins(SPACING, SPACING // 2, SPACING, SPACING // 2)
        row.setSpacing(SPACING // 2)
        for name in ("brush", "eraser"):
            row.addWidget(self._button(name))
        row.addSpacing(SPACING)
        row.addWidget(QLabel("Size"))
        self._size_slider = QSlider(Qt.Orientation.Horizontal)
        self._size_slider.setRange(0, 100)
        self._size_slider.setFixedWidth(110)
        self._size_slider.setAccessibleName("Brush size")
        self._size_slider.setToolTip("Brush size ([ and ], or Shift and the wheel)")
        self._size_slider.valueChanged.connect(lambda value: self.set_diameter(_from_slider(value)))
        self._size_box = QSpinBox()
        self._size_box.setRange(SMALLEST_DIAMETER, LARGEST_DIAMETER)
        self._size_box.setSuffix(" px")
        self._size_box.setAccessibleName("Brush size in pixels of the picture")
        self._size_box.setToolTip("Brush size in pixels of the picture ([ and ], or Shift and the wheel)")
        self._size_box.valueChanged.connect(self.set_diameter)
        row.addWidget(self._size_slider)
        row.addWidget(self._size_box)
        row.addSpacing(SPACING)
        for name in ("undo", "redo"):
            row.addWidget(self._button(name))
        row.addStretch(1)
        row.addWidget(self._button("overlay"))
        label = QLabel()
        set_label_icon(label, "opacity", 18)
        label.setToolTip("How strongly the mask covers the picture")
        opacity = QSlider(Qt.Orientation.Horizontal)
        opacity.setRange(0, 100)
        opacity.setValue(50)
        opacity.setFixedWidth(90)
        opacity.setAccessibleName("Mask opacity")
        opacity.setToolTip("How strongly the mask covers the picture")
        opacity.valueChanged.connect(lambda value: self.canvas.set_opacity(value / 100))
        row.addWidget(label)
        row.addWidget(opacity)
        row.addWidget(DisplayButton(self.canvas))
        row.addSpacing(SPACING)
        for name in ("zoom_out", "zoom_in", "fit"):
            row.addWidget(self._button(name))
        row.addSpacing(SPACING)
        for name in ("previous", "next"):
            row.addWidget(self._button(name))
        return bar

    def _button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(self._actions[name])
        button.setAccessibleName(self._actions[name].text().replace("&", ""))
        button.setIconSize(QSize(20, 20))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _on_tool_toggled(self, name: str, *, chosen: bool) -> None:
        if chosen:
            self._tool.erases = name == "eraser"
            self._say_status()

    def _on_class_chosen(self, class_id: int) -> None:
        self._tool.class_id = class_id
        # Who chooses a class wants to paint it.
        self._actions["brush"].setChecked(True)
        self._say_status()

    def _on_painted(self, box: Box | None) -> None:
        self.canvas.refresh(box)

    def _on_stroke_finished(self, changed: bool) -> None:  # noqa: FBT001 - a callback with one argument
        self._update_enabled()
        self._say_status()
        if changed:
            self.mask_changed.emit()

    def _on_undo(self) -> None:
        if self._document is not None:
            self._step(self._document.undo())

    def _on_redo(self) -> None:
        if self._document is not None:
            self._step(self._document.redo())

    def _step(self, box: Box | None) -> None:
        if box is not None:
            self.canvas.refresh(box)
            self._on_stroke_finished(True)

    def _on_hovered(self, pixel: tuple[int, int] | None) -> None:
        self._hovered = pixel
        self._say_status()

    def _update_enabled(self) -> None:
        document = self._document
        self._actions["undo"].setEnabled(document is not None and document.can_undo)
        self._actions["redo"].setEnabled(document is not None and document.can_redo)

    def _say_status(self) -> None:
        name = "Eraser" if self._tool.erases else "Brush"
        wanted = self._tool.background_id if self._tool.erases else self._tool.class_id
        entry = self._classes.find(wanted)
        self.status_changed.emit(
            PainterStatus(
                name, entry.name if entry else str(wanted), self._tool.diameter, self._hovered, self._hovered_id()
            )
        )

    def _hovered_id(self) -> str:
        if self._hovered is None or self._document is None:
            return ""
        x, y = self._hovered
        value = int(self._document.mask[y, x])
        entry = self._classes.find(value)
        return f"{value} {entry.name}" if entry else f"{value}, no class"


def _to_slider(diameter: int) -> int:
    """Place a diameter on the slider: cubic, since a pixel matters more among small brushes."""
    return round(100 * math.cbrt((diameter - SMALLEST_DIAMETER) / (LARGEST_DIAMETER - SMALLEST_DIAMETER)))


def _from_slider(value: int) -> int:
    share = value / 100
    return SMALLEST_DIAMETER + round(share * share * share * (LARGEST_DIAMETER - SMALLEST_DIAMETER))

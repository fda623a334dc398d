"""The Label page: tools, canvas, classes, and what goes between them."""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from segstudio.dataset.classes import ClassList
from segstudio.dataset.images import ImageArray
from segstudio.dataset.overlay import colour_table
from segstudio.painting.boxes import Box
from segstudio.painting.document import MaskDocument
from segstudio.painting.locks import Gate
from segstudio.painting.pyramid import Pyramid
from segstudio.painting.tally import MaskTally
from segstudio.ui.actions import ActionSpec, make_action
from segstudio.ui.canvas.canvas import Canvas
from segstudio.ui.jobs import Jobs
from segstudio.ui.painter.brush_tools import stepped_size
from segstudio.ui.painter.class_panel import ClassPanel
from segstudio.ui.painter.class_rows import CLASS_KEYS
from segstudio.ui.painter.cleanup_button import CleanupButton
from segstudio.ui.painter.clipboard import MaskClipboard
from segstudio.ui.painter.context import ToolContext
from segstudio.ui.painter.locks_button import LocksButton, locks_in_words
from segstudio.ui.painter.options_bar import OptionsBar
from segstudio.ui.painter.page_actions import MENU, SPECS
from segstudio.ui.painter.page_bar import PageBar
from segstudio.ui.painter.tool_strip import ToolStrip
from segstudio.ui.painter.toolbox import Toolbox
from segstudio.ui.painter_status import PainterStatus


class PainterPanel(QWidget):
    """Where masks are painted.

    Signals:
        mask_changed(): a stroke, an undo or a redo is done.
        classes_edited(ClassList): a person wants the classes to be so.
        message_raised(str): something for the status line.
        previous_requested(), next_requested(), save_requested(): a person wants that.
        previous_mask_requested(): a person wants the mask of the picture before copied.
        status_changed(PainterStatus).
    """

    mask_changed = Signal()
    classes_edited = Signal(object)
    message_raised = Signal(str)
    previous_requested = Signal()
    next_requested = Signal()
    save_requested = Signal()
    previous_mask_requested = Signal()
    status_changed = Signal(object)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tally: MaskTally | None = None
        self._classes = ClassList(())
        self._hovered: tuple[int, int] | None = None
        self._brightness: npt.NDArray[np.uint8] | None = None
        self._swapped_from: int | None = None
        self.canvas = Canvas()
        self.context = ToolContext(jobs, lambda: self.canvas.view.zoom, self)
        self.clipboard = MaskClipboard(self.context)
        self._toolbox = Toolbox(self.context, self)
        self.classes = ClassPanel()
        self.locks = LocksButton()
        self.options = OptionsBar(self.context)
        self._build_actions()
        self._connect()
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self._build_centre())
        splitter.addWidget(self.classes)
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([1000, 248])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(PageBar(self._actions, [self.options, self.locks, CleanupButton(self.context)], self.canvas))
        layout.addWidget(splitter, 1)
        self._actions["overlay"].setChecked(True)
        self.choose_tool("brush")
        self._update_enabled()

    @property
    def tool(self) -> str:
        """The name of the tool in the hand."""
        return self._toolbox.spec.name

    def set_document(
        self, document: MaskDocument | None, image: ImageArray | None, picture: Pyramid | None = None
    ) -> None:
        """Paint on another mask over another picture (RGB); None for nothing.

        With ``picture``, it is what is seen of ``image``, ready-made or with more bits.
        """
        if self.canvas.busy:
            self.message_raised.emit(f"{self._toolbox.title}: what was begun on the picture before was dropped.")
        self.canvas.set_picture(image if picture is None else picture)
        self._toolbox.drop_all()  # what waits for its tool to be taken again belongs to the picture before
        self._hovered = None
        self._brightness = None
        self._tally = None if document is None else MaskTally(document.mask)
        self.context.open(document, image)
        self._count()
        self.canvas.set_mask(None if document is None else document.mask)
        self._set_gate()
        self._update_enabled()
        self._say_status()

    def set_classes(self, classes: ClassList) -> None:
        """Paint these classes."""
        self._classes = classes
        self.context.background_id = classes.blank
        self.classes.set_classes(classes)
        self._show_colours()
        self._set_gate()
        if self.context.document is not None:
            self.canvas.set_mask(self.context.document.mask)  # ids above 255 have moved it to another array
        self._say_status()

    def choose_tool(self, name: str) -> None:
        """Take a tool into the hand."""
        self._toolbox.take(name)

    def settle(self) -> None:
        """End the stroke under way as it is: the person goes elsewhere."""
        self.canvas.settle()

    def menu_actions(self) -> list[QAction | None]:
        """Return what the Edit menu offers; None is a separator."""
        return [*(None if name == "-" else self._actions[name] for name in MENU.split()), None, *self._toolbox.actions]

    def _connect(self) -> None:
        context, canvas = self.context, self.canvas
        context.changed.connect(self._on_painted)
        context.stroke_ended.connect(self._on_stroke_ended)
        context.stroke_dropped.connect(self._update_enabled)
        context.settings_changed.connect(self._on_settings_changed)
        context.proposal_changed.connect(self._show_proposal)
        context.selection_changed.connect(self._on_selection_changed)
        context.outline_changed.connect(canvas.refresh_cursor)
        context.message_raised.connect(self.message_raised)
        canvas.pixel_hovered.connect(self._on_hovered)
        canvas.pixel_picked.connect(self._on_picked)
        canvas.tool_cycled.connect(self._toolbox.cycle)
        canvas.gesture_changed.connect(self._update_enabled)
        canvas.escaped.connect(lambda: context.select(None))
        self._toolbox.taken.connect(self._on_tool_taken)
        self.classes.class_chosen.connect(self._on_class_chosen)
        self.classes.classes_edited.connect(self.classes_edited)
        self.classes.edit_refused.connect(self.message_raised)
        self.classes.visibility_changed.connect(lambda _hidden: self._show_colours())
        self.classes.locks_changed.connect(self.locks.set_class_locks)
        self.locks.locks_changed.connect(lambda _locks: self._set_gate())
        self.options.accepted.connect(self._accept)
        self.options.dropped.connect(canvas.cancel)
        self.options.number_entered.connect(canvas.setFocus)

    def _build_actions(self) -> None:
        self._actions: dict[str, QAction] = {}
        self.addActions(self._toolbox.actions)
        slots: dict[str, Callable[..., object]] = {
            "undo": self._on_undo,
            "redo": self._on_redo,
            "smaller": lambda: self.context.change(size=stepped_size(self.context.settings.size, -1)),
            "larger": lambda: self.context.change(size=stepped_size(self.context.settings.size, 1)),
            "swap": self._on_swap,
            "last_tool": self._toolbox.take_last,
            "overlay": self.canvas.set_overlay_visible,
            "fit": self.canvas.fit,
            "zoom_in": lambda: self.canvas.zoom_by(1.25),
            "zoom_out": lambda: self.canvas.zoom_by(0.8),
            "previous": self.previous_requested.emit,
            "next": self.next_requested.emit,
            "invert_selection": self.context.select_all_but,
            "select_all": self.context.select_all,
            "deselect": lambda: self.context.select(None),
            "reselect": self.context.select_again,
            "copy_mask": self.clipboard.copy,
            "paste_mask": self.clipboard.paste,
            "take_previous": self.previous_mask_requested.emit,
            "leave_canvas": self.classes.setFocus,
        }
        for row in SPECS:
            self._add_action(row, slots[row.name])
        for position, key in enumerate(CLASS_KEYS):
            row = ActionSpec(f"class_{position}", f"Paint class {position + 1} of the list", "", (key,))
            self._add_action(row, lambda position=position: self.classes.choose_position(position))
        self.addAction(self.options.actions_by_name["selects"])

    def _add_action(self, spec: ActionSpec, slot: Callable[..., object]) -> QAction:
        # Wherever the focus is (often in the browser), as long as this page is shown: Qt asks for that by itself.
        action = make_action(self, spec, slot)
        self.addAction(action)
        self._actions[spec.name] = action
        return action

    def _build_centre(self) -> QWidget:
        centre = QWidget()
        row = QHBoxLayout(centre)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(ToolStrip(self._toolbox.actions))
        row.addWidget(self.canvas, 1)
        return centre

    def _on_tool_taken(self) -> None:
        self.canvas.set_tool(self._toolbox.tool)
        self.options.show_options(self._toolbox.spec.options)
        self._say_status()

    def _on_class_chosen(self, class_id: int) -> None:
        self.context.class_id = class_id
        # Who chooses a class wants to paint it.
        if self.tool == "eraser":
            self.choose_tool("brush")
        self._show_proposal()
        self._say_status()

    def _on_swap(self) -> None:
        background = self.context.background_id
        back = self.context.class_id == background
        wanted = self._swapped_from if back else background
        self._swapped_from = None if back else self.context.class_id
        if wanted is not None and wanted in self._classes.ids:
            self.classes.choose_position(self._classes.ids.index(wanted))

    def _show_colours(self) -> None:
        self.canvas.set_colour_table(colour_table(self._classes, hidden=self.classes.hidden))

    def _count(self) -> None:
        self.classes.set_image_counts(None if self._tally is None else self._tally.counts())

    def _on_painted(self, box: Box | None) -> None:
        self.canvas.refresh(box)
        if self._tally is not None:
            self._tally.spoil(box)

    def _on_picked(self, pixel: tuple[int, int]) -> None:
        if self.context.document is not None:
            value = int(self.context.document.mask[pixel[1], pixel[0]])
            if value in self._classes.ids:
                self.classes.choose_position(self._classes.ids.index(value))

    def _on_settings_changed(self) -> None:
        self.canvas.refresh_cursor()
        self._say_status()

    def _show_proposal(self) -> None:
        proposal = self.context.proposal
        if proposal is None:
            self.canvas.set_preview(None)
        else:
            self.canvas.set_preview(proposal.region, self.context.ids_of(proposal))

    def _on_selection_changed(self) -> None:
        self.canvas.set_selection(self.context.selection)
        self._set_gate()
        self._say_status()

    def _accept(self) -> None:
        self._toolbox.tool.confirm()

    def _set_gate(self) -> None:
        """Tell the document what is locked."""
        document, locks = self.context.document, self.locks.locks
        if document is None:
            return
        if locks.intensity is not None and self._brightness is None and self.context.image is not None:
            self._brightness = np.asarray(cv2.cvtColor(self.context.image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
        document.gate = Gate(locks, self.context.background_id, self._brightness, self.context.selection)
        self._say_status()

    def _on_stroke_ended(self, changed: bool) -> None:  # noqa: FBT001 - a Qt slot
        self._update_enabled()
        self._say_status()
        if changed:
            self._count()
            self._show_what_was_painted()
            self.mask_changed.emit()
        elif self._locks_in_words:
            self.message_raised.emit(f"Nothing has changed here. Locked: {self._locks_in_words}.")

    def _show_what_was_painted(self) -> None:
        """Draw the class of the last step where it is hidden: nobody should paint unseen."""
        entry = self._classes.find(self.context.class_id)
        if entry is not None and entry.id in self.classes.hidden and self.tool != "eraser":
            self.classes.show_class(entry.id)
            self.message_raised.emit(f"“{entry.name}” is shown again, since it is being painted.")

    def _on_undo(self) -> None:
        # While something is begun, that is what is taken back, and nothing else.
        if not self.canvas.take_back() and self.context.document is not None:
            self._step(self.context.document.undo())

    def _on_redo(self) -> None:
        if self.context.document is not None and not self.canvas.busy:
            self._step(self.context.document.redo())

    def _step(self, box: Box | None) -> None:
        if box is not None:
            self._on_painted(box)
            self._on_stroke_ended(True)

    def _on_hovered(self, pixel: tuple[int, int] | None) -> None:
        self._hovered = pixel
        self._say_status()

    def _update_enabled(self) -> None:
        document = self.context.document
        self._actions["undo"].setEnabled(self.canvas.busy or (document is not None and document.can_undo))
        self._actions["redo"].setEnabled(document is not None and document.can_redo)

    def _say_status(self) -> None:
        erasing = self.tool == "eraser"
        wanted = self.context.background_id if erasing else self.context.class_id
        entry = self._classes.find(wanted)
        settings = self.context.settings
        self.status_changed.emit(
            PainterStatus(
                tool=self._toolbox.title,
                class_name=entry.name if entry else str(wanted),
                size=settings.size if "size" in self._toolbox.spec.options else None,
                locks=self._locks_in_words,
                position=self._hovered,
                id=self._hovered_id(),
            )
        )

    @property
    def _locks_in_words(self) -> str:
        return locks_in_words(self.locks.locks, self._classes, selected=self.context.selection is not None)

    def _hovered_id(self) -> str:
        if self._hovered is None or self.context.document is None:
            return ""
        x, y = self._hovered
        value = int(self.context.document.mask[y, x])
        entry = self._classes.find(value)
        return f"{value} {entry.name}" if entry else f"{value}, no class"

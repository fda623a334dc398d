"""Tidying the chosen class, in the whole mask or in the selection."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QMenu, QSpinBox, QToolButton, QWidget, QWidgetAction

from segstudio.dataset.masks import MaskArray
from segstudio.painting import cleanup
from segstudio.painting.cleanup import Change
from segstudio.painting.regions import Region
from segstudio.ui.icons import set_icon
from segstudio.ui.painter.context import ToolContext
from segstudio.ui.theme import SPACING

Cleaner = Callable[[MaskArray, int, Region | None], Change]


class CleanupButton(QToolButton):
    """A button that drops down what can be tidied. Each is computed in the background and is one step of undo."""

    def __init__(self, context: ToolContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        set_icon(self, "cleanup")
        self.setAccessibleName("Clean up the chosen class")
        self.setToolTip("Clean up the chosen class: holes, islands, ragged borders (in the selection, if there is one)")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._area = _pixels("Islands smaller than", 1, 1_000_000, 50)
        self._radius = _pixels("Smooth, grow and shrink by", 1, 100, 2)
        menu = QMenu(self)
        for text, cleaner in (
            ("Fill &holes", self._hole_filler),
            ("Remove &islands", self._island_remover),
            ("&Smooth", self._smoother),
            ("&Grow", self._grower),
            ("Sh&rink", self._shrinker),
        ):
            menu.addAction(text, partial(self._on_chosen, text.replace("&", ""), cleaner))
        menu.addSeparator()
        action = QWidgetAction(menu)
        action.setDefaultWidget(self._build_numbers())
        menu.addAction(action)
        self.setMenu(menu)

    # Each reads its number here, in the window's thread, and gives back what runs in another.

    def _hole_filler(self) -> Cleaner:
        return lambda mask, class_id, within: cleanup.fill_holes(mask, class_id, within=within)

    def _island_remover(self) -> Cleaner:
        below = self._area.value()
        return lambda mask, class_id, within: cleanup.remove_islands(mask, class_id, below=below, within=within)

    def _smoother(self) -> Cleaner:
        radius = self._radius.value()
        return lambda mask, class_id, within: cleanup.smooth(mask, class_id, radius=radius, within=within)

    def _grower(self) -> Cleaner:
        pixels = self._radius.value()
        return lambda mask, class_id, within: cleanup.grow(mask, class_id, pixels=pixels, within=within)

    def _shrinker(self) -> Cleaner:
        pixels = self._radius.value()
        return lambda mask, class_id, within: cleanup.shrink(mask, class_id, pixels=pixels, within=within)

    def _on_chosen(self, title: str, cleaner: Callable[[], Cleaner]) -> None:
        self._start(title, cleaner())

    def _start(self, title: str, clean: Cleaner) -> None:
        class_id, selection = self._context.class_id, self._context.selection
        self._context.work_out(
            title, lambda mask: clean(mask, class_id, selection), lambda change: self._finish(title, change)
        )

    def _finish(self, title: str, change: Change) -> None:
        region, ids = change
        if region.empty:
            self._context.message_raised.emit(f"{title}: there was nothing to change.")
        else:
            self._context.apply(region, ids)

    def _build_numbers(self) -> QWidget:
        page = QWidget()
        form = QFormLayout(page)
        form.setContentsMargins(SPACING * 2, SPACING // 2, SPACING * 2, SPACING)
        form.addRow("Islands below", self._area)
        form.addRow("Radius", self._radius)
        return page


def _pixels(name: str, low: int, high: int, value: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setValue(value)
    box.setSuffix(" px")
    box.setAccessibleName(name)
    return box

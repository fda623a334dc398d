"""The slim rail at the left: three places, one for each thing a person does."""

from enum import Enum
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from segstudio.ui.actions import ActionSpec, make_action
from segstudio.ui.theme import SPACING, set_role


class Place(Enum):
    """Where a person is."""

    LABEL = "label"
    TRAIN = "train"
    REVIEW = "review"


_SPECS = {
    Place.LABEL: ActionSpec("label", "&Label", "label", ("Ctrl+1",), "Paint masks", checkable=True),
    Place.TRAIN: ActionSpec(
        "train", "&Train", "train", ("Ctrl+2",), "Train a model and watch it learn", checkable=True
    ),
    Place.REVIEW: ActionSpec(
        "review", "&Review", "review", ("Ctrl+3",), "Look at predictions over the pictures", checkable=True
    ),
}


class Rail(QFrame):
    """Shows where a person is, and takes them elsewhere.

    Signals:
        place_chosen(Place): a person wants to go there.
    """

    place_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "rail")
        group = QActionGroup(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING // 2, SPACING, SPACING // 2, SPACING)
        layout.setSpacing(SPACING // 2)
        self.actions_by_place: dict[Place, QAction] = {}
        for place, spec in _SPECS.items():
            action = make_action(self, spec, partial(self._on_toggled, place))
            group.addAction(action)
            self.actions_by_place[place] = action
            button = QToolButton()
            button.setDefaultAction(action)
            button.setText(spec.text.replace("&", ""))
            button.setAccessibleName(spec.tip)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setIconSize(QSize(24, 24))
            button.setFixedWidth(64)
            layout.addWidget(button)
        layout.addStretch(1)

    def _on_toggled(self, place: Place, checked: bool) -> None:  # noqa: FBT001 - a Qt slot
        if checked:
            self.place_chosen.emit(place)

    def set_place(self, place: Place) -> None:
        """Mark a place as the one a person is in; says nothing to anybody."""
        blocked = self.blockSignals(True)
        self.actions_by_place[place].setChecked(True)
        self.blockSignals(blocked)

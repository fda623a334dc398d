"""The bar above the Label page that offers lost strokes back. Painting goes on below it."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from segstudio.ui.icons import set_label_icon
from segstudio.ui.recovery import LostPicture
from segstudio.ui.theme import SPACING, set_role

_LISTED = 12


class RecoveryBar(QFrame):
    """Says what was found and asks what to do with it; hidden while there is nothing to ask.

    Signals:
        bring_back_requested(): the strokes are wanted.
        discard_requested(): they are not.
    """

    bring_back_requested = Signal()
    discard_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "panel")
        self.setAccessibleName("Unsaved strokes")
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._details = QLabel()
        set_role(self._details, "quiet")
        self._details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._which = QToolButton()
        self._which.setText("Which pictures?")
        self._which.setCheckable(True)
        self._which.toggled.connect(self._details.setVisible)
        self.bring_back = QPushButton("Bring back")
        self.bring_back.setToolTip("Put the strokes onto the masks; Undo takes them away again")
        set_role(self.bring_back, "primary")
        self.bring_back.clicked.connect(self.bring_back_requested)
        self.discard = QPushButton("Discard")
        self.discard.setToolTip("Do without the strokes; a copy is kept for some days")
        self.discard.clicked.connect(self.discard_requested)
        icon = QLabel()
        set_label_icon(icon, "recent", 20)
        icon.setFixedSize(QSize(20, 20))
        row = QHBoxLayout()
        row.setSpacing(SPACING)
        row.addWidget(icon)
        row.addWidget(self._text, 1)
        for button in (self._which, self.discard, self.bring_back):
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING * 2, SPACING, SPACING * 2, SPACING)
        layout.addLayout(row)
        layout.addWidget(self._details)
        self.set_pictures(())

    def set_pictures(self, pictures: Sequence[LostPicture]) -> None:
        """Offer the strokes on these pictures; on none, hide."""
        self._text.setText(_offer(pictures))
        lines = [_line(picture) for picture in pictures[:_LISTED]]
        if len(pictures) > _LISTED:
            lines.append(f"and {len(pictures) - _LISTED} more")
        self._details.setText("\n".join(lines))
        self._which.setChecked(False)
        self._details.hide()
        self.setVisible(bool(pictures))


def _offer(pictures: Sequence[LostPicture]) -> str:
    number = len({picture.key for picture in pictures})
    what = "a picture" if number == 1 else f"{number} pictures"
    text = f"segstudio ended before what you painted on {what} was saved."
    apart = len({picture.key for picture in pictures if not picture.fits})
    if apart:
        masks = "One mask was" if apart == 1 else f"{apart} masks were"
        text += f" {masks} changed since; those strokes go into a copy beside the mask."
    return text


def _line(picture: LostPicture) -> str:
    steps = "1 step" if picture.steps == 1 else f"{picture.steps} steps"
    return f"{picture.key}: {steps}" + ("" if picture.fits else ", into a copy")

"""Asks for the tags and notes of one sample or many."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCompleter,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from segstudio.dataset.review import Review, clean_tags
from segstudio.ui.theme import SPACING, set_role


class ReviewDialog(QDialog):
    """Shows what all of the samples have in common; what a person leaves alone stays different.

    Signals:
        confirmed(dict[str, Review]): the tags and notes of each sample.

    Args:
        reviews: what is said now, by key; at least one.
        tags: all that are in use, to choose from.
    """

    confirmed = Signal(object)

    def __init__(self, reviews: Mapping[str, Review], tags: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Tags and notes")
        self._reviews = reviews
        alone = len(reviews) == 1
        # A hundred thousand samples mostly say the same few things, each of which is looked at once.
        self._distinct = {id(review): review for review in reviews.values()}
        heading = QLabel(next(iter(reviews)).partition("/")[2] if alone else f"{len(reviews):,} pictures")
        set_role(heading, "heading")
        self._shared = set.intersection(*(set(review.tags) for review in self._distinct.values()))
        self.tags = QLineEdit(", ".join(clean_tags(self._shared)))
        self.tags.setAccessibleName("Tags")
        self.tags.setPlaceholderText("Words with commas between")
        completer = QCompleter(list(tags), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.tags.setCompleter(completer)
        notes = {review.notes for review in self._distinct.values()}
        self.notes = QPlainTextEdit(notes.pop() if len(notes) == 1 else "")
        self._notes_before = self.notes.toPlainText()
        self.notes.setAccessibleName("Notes")
        self.notes.setTabChangesFocus(True)
        if notes:
            self.notes.setPlaceholderText("They have different notes, which stay unless you write something here.")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.accepted.connect(lambda: self.confirmed.emit(self.described()))
        form = QFormLayout()
        form.setSpacing(SPACING)
        form.addRow("&Tags" if alone else "&Tags of all", self.tags)
        form.addRow("&Notes", self.notes)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING * 2, SPACING * 2, SPACING * 2, SPACING * 2)
        layout.setSpacing(SPACING)
        layout.addWidget(heading)
        layout.addLayout(form)
        layout.addWidget(buttons)
        self.resize(420, 260)

    def described(self) -> dict[str, Review]:
        """Return the tags and notes that each sample has now."""
        wanted = set(clean_tags(self.tags.text().split(",")))
        added, removed = wanted - self._shared, self._shared - wanted
        notes = self.notes.toPlainText()
        changed = notes != self._notes_before
        now = {
            number: Review(
                review.state, clean_tags({*review.tags, *added} - removed), notes if changed else review.notes
            )
            for number, review in self._distinct.items()
        }
        return {key: now[id(review)] for key, review in self._reviews.items()}

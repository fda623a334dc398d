"""What narrows the browser down: a search field and three choices."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from segstudio.dataset.classes import ClassList
from segstudio.dataset.samples import SPLITS, Samples, Split
from segstudio.ui.browser.choices import offer
from segstudio.ui.browser.model import SampleState
from segstudio.ui.browser.review_bar import ReviewBar
from segstudio.ui.theme import SPACING


class FilterBar(QWidget):
    """Says which samples a person wants to see.

    Signals:
        changed(): the person wants to see others.
        class_chosen(int | None): only samples whose mask holds this class.
    """

    changed = Signal()
    class_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._search = QLineEdit()
        self._search.setPlaceholderText("Search by name")
        self._search.setClearButtonEnabled(True)
        self._search.setAccessibleName("Search by name")
        self._search.setToolTip("Show only pictures with this in their name (Ctrl+F)")
        QShortcut(QKeySequence.StandardKey.Find, self, self._search.setFocus)
        self._search.textChanged.connect(lambda _text: self.changed.emit())
        self._split = _choice("Split", "Show only one split")
        self._state = _choice("State", "Show only pictures in one state")
        self._class = _choice("Class", "Show only pictures whose mask holds this class")
        self._state.addItem("Any state", None)
        for state in SampleState:
            self._state.addItem(state.value.capitalize(), state)
        self._split.currentIndexChanged.connect(lambda _index: self.changed.emit())
        self._state.currentIndexChanged.connect(lambda _index: self.changed.emit())
        self._class.currentIndexChanged.connect(lambda _index: self.class_chosen.emit(self._class.currentData()))
        row = QHBoxLayout()
        row.setSpacing(SPACING // 2)
        row.addWidget(self._split, 1)
        row.addWidget(self._state, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACING // 2)
        layout.addWidget(self._search)
        layout.addLayout(row)
        self._last_row = QHBoxLayout()
        self._last_row.setSpacing(SPACING // 2)
        self._last_row.addWidget(self._class, 1)
        layout.addLayout(self._last_row)
        self.set_samples(Samples())

    def add_order(self, reviews: ReviewBar) -> None:
        """Put the choices of reviews and of the order beside the others."""
        self._last_row.addWidget(reviews.order, 1)
        layout = self.layout()
        if layout is not None:
            layout.addWidget(reviews)

    @property
    def text(self) -> str:
        """What was typed."""
        return self._search.text().strip()

    @property
    def split(self) -> Split | None:
        """The wanted split, or None for any."""
        value: Split | None = self._split.currentData()
        return value

    @property
    def state(self) -> SampleState | None:
        """The wanted state, or None for any."""
        value: SampleState | None = self._state.currentData()
        return value

    @property
    def class_id(self) -> int | None:
        """The wanted class, or None for any."""
        value: int | None = self._class.currentData()
        return value

    def set_samples(self, samples: Samples) -> None:
        """Offer the splits that there are, with how many pictures each has."""
        counts = [(split, samples.total(split)) for split in SPLITS]
        offer(
            self._split,
            f"All ({len(samples):,})",
            [(f"{split} ({count:,})", split) for split, count in counts if count],
        )

    def set_classes(self, classes: ClassList) -> None:
        """Offer these classes."""
        offer(self._class, "Any class", [(f"With {entry.name}", entry.id) for entry in classes])

    def clear(self) -> None:
        """Want everything again."""
        self._search.clear()
        for choice in (self._split, self._state, self._class):
            choice.setCurrentIndex(0)


def _choice(name: str, tip: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(tip)
    # The longest class name must not decide how wide the browser is.
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(6)
    return box

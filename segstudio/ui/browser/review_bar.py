"""What narrows the browser down by what people say of the samples, and the order in which they stand."""

from collections.abc import Sequence
from enum import Enum

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from segstudio.dataset.review import ReviewState
from segstudio.ui.browser.choices import offer
from segstudio.ui.theme import SPACING


class SampleOrder(Enum):
    """In which order samples stand."""

    SPLIT = "By split"
    NAME = "By name"
    DATE = "Newest first"
    REVIEW = "By review"
    TAG = "By tag"
    SHARE = "By class share"
    SCORE = "By prediction"


class ReviewBar(QWidget):
    """Three choices: review, tag, order.

    Signals:
        changed(): the person wants to see others.
        order_chosen(SampleOrder): the person wants another order.
    """

    changed = Signal()
    order_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.review = _choice("Review", "Show only pictures that are marked so")
        self.review.addItem("Any review", None)
        for state in (ReviewState.TODO, ReviewState.NEEDS_WORK, ReviewState.DONE):
            self.review.addItem(state.value.capitalize(), state)
        self.tag = _choice("Tag", "Show only pictures with this tag")
        self.order = _choice(
            "Order",
            "“By class share” takes the class that is chosen beside, or what is painted; “By prediction” puts those "
            "first whose mask and prediction agree least",
        )
        for order in SampleOrder:
            self.order.addItem(order.value, order)
        self.set_tags(())
        self.review.currentIndexChanged.connect(lambda _index: self.changed.emit())
        self.tag.currentIndexChanged.connect(lambda _index: self.changed.emit())
        self.order.currentIndexChanged.connect(lambda _index: self.order_chosen.emit(self.order.currentData()))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACING // 2)
        row.addWidget(self.review, 1)
        row.addWidget(self.tag, 1)

    @property
    def wanted_review(self) -> ReviewState | None:
        """The wanted state, or None for any."""
        value: ReviewState | None = self.review.currentData()
        return value

    @property
    def wanted_tag(self) -> str | None:
        """The wanted tag, or None for any."""
        value: str | None = self.tag.currentData()
        return value

    @property
    def wanted_order(self) -> SampleOrder:
        """The wanted order."""
        value: SampleOrder = self.order.currentData()
        return value

    def set_tags(self, tags: Sequence[str]) -> None:
        """Offer these tags; a wanted one that is gone stays offered until it is let go of."""
        kept = self.wanted_tag
        offered = [*tags, kept] if kept is not None and kept not in tags else list(tags)
        if [self.tag.itemData(row) for row in range(1, self.tag.count())] == offered and self.tag.count():
            return
        offer(self.tag, "Any tag", [(tag, tag) for tag in offered])
        self.tag.setEnabled(bool(offered))

    def clear(self) -> None:
        """Want everything again; the order stays."""
        self.review.setCurrentIndex(0)
        self.tag.setCurrentIndex(0)


def _choice(name: str, tip: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(tip)
    # The longest tag must not decide how wide the browser is.
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(6)
    return box

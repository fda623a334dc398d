"""What people say of a sample, drawn on its tile: a square for the state, a strip for tags, a corner for notes."""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from segstudio.dataset.review import NO_REVIEW, Review, ReviewState

_SIDE = 15
_DONE, _NEEDS_WORK = QColor(39, 103, 210), QColor(190, 90, 0)
_WHITE = QColor(255, 255, 255)
_VEIL = QColor(16, 18, 22, 200)


def draw_review(painter: QPainter, picture: QRect, review: Review) -> None:
    """Draw marks over the picture of a tile; nothing where nothing is said. By shape as well as by colour."""
    if review == NO_REVIEW:
        return
    box = QRectF(picture.left() + 4, picture.top() + 4, _SIDE, _SIDE)
    if review.state is not ReviewState.TODO:
        _draw_state(painter, box, review.state)
    if review.notes:
        _draw_notes(painter, box if review.state is ReviewState.TODO else box.translated(_SIDE + 3, 0))
    if review.tags:
        _draw_tags(painter, picture, review.tags)


def _draw_state(painter: QPainter, box: QRectF, state: ReviewState) -> None:
    painter.setPen(QPen(_WHITE, 1.5))
    painter.setBrush(_DONE if state is ReviewState.DONE else _NEEDS_WORK)
    painter.drawRoundedRect(box, 3, 3)
    painter.setPen(QPen(_WHITE, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    middle = box.center()
    if state is ReviewState.DONE:
        painter.drawPolyline([middle + QPointF(-3.5, 0.2), middle + QPointF(-1, 2.8), middle + QPointF(3.6, -2.8)])
    else:  # an arrow back: once more
        painter.drawLine(middle + QPointF(-3.5, 0), middle + QPointF(3.5, 0))
        painter.drawPolyline([middle + QPointF(-0.5, -3), middle + QPointF(-3.5, 0), middle + QPointF(-0.5, 3)])


def _draw_notes(painter: QPainter, box: QRectF) -> None:
    painter.setPen(QPen(_WHITE, 1.5))
    painter.setBrush(_VEIL)
    painter.drawRoundedRect(box, 3, 3)
    painter.setPen(QPen(_WHITE, 1.2))
    for line in (-3, 0, 3):
        painter.drawLine(box.center() + QPointF(-3.5, line), box.center() + QPointF(3.5 if line < 3 else 0.5, line))


def _draw_tags(painter: QPainter, picture: QRect, tags: tuple[str, ...]) -> None:
    metrics = painter.fontMetrics()
    words = metrics.elidedText(", ".join(tags), Qt.TextElideMode.ElideRight, picture.width() - 12)
    strip = QRectF(picture.left() + 3, picture.bottom() - metrics.height() - 4, 0, metrics.height() + 2)
    strip.setWidth(metrics.horizontalAdvance(words) + 8)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_VEIL)
    painter.drawRoundedRect(strip, 3, 3)
    painter.setPen(_WHITE)
    painter.drawText(strip, Qt.AlignmentFlag.AlignCenter, words)

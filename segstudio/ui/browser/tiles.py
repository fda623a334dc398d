"""How a sample looks in the browser: thumbnail, name, split and a badge for its state."""

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from segstudio.dataset.dataset import Sample
from segstudio.ui.browser.model import COVERAGE_ROLE, REVIEW_ROLE, SAMPLE_ROLE, SCORE_ROLE, STATE_ROLE, SampleState
from segstudio.ui.browser.review_marks import draw_review
from segstudio.ui.browser.thumbnails import ThumbnailLoader
from segstudio.ui.overriding import override

TILE_HEIGHT = 122
_NAME_HEIGHT = 20
_MARGIN = 4
_BADGE = 14

_MASKED = QColor(46, 160, 90)
_UNSAVED = QColor(222, 140, 0)
_PROBLEM = QColor(205, 50, 50)
_UNLABELLED = QColor(140, 146, 156)


class TileDelegate(QStyledItemDelegate):
    """Draws the tiles of the browser.

    Args:
        thumbnails: where the small pictures come from; drawing a tile is what asks for its picture.
    """

    def __init__(self, thumbnails: ThumbnailLoader, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(120, TILE_HEIGHT)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        sample: Sample = index.data(SAMPLE_ROLE)
        tile = option.rect.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        if selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(option.palette.highlight())
            painter.drawRoundedRect(tile.adjusted(-2, -2, 2, 2), 6, 6)
        picture = tile.adjusted(0, 0, 0, -_NAME_HEIGHT)
        self._draw_picture(painter, option, picture, sample)
        _draw_badge(painter, picture, index.data(STATE_ROLE))
        draw_review(painter, picture, index.data(REVIEW_ROLE))
        score, coverage = index.data(SCORE_ROLE), index.data(COVERAGE_ROLE)
        # How much is painted says more than the split, which the filter and the tool tip say as well.
        note = sample.split if coverage is None else f"{coverage:.0%}".replace("%", " %")
        note = note if score is None else f"{score:.2f}"
        self._draw_name(painter, option, tile, sample.name, note, selected=selected)
        painter.restore()

    def _draw_picture(self, painter: QPainter, option: QStyleOptionViewItem, area: QRect, sample: Sample) -> None:
        painter.fillRect(area, option.palette.alternateBase())
        image = self._thumbnails.get(sample)
        if image is None:
            return
        if image.isNull():
            painter.setPen(option.palette.placeholderText().color())
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "cannot be read")
            return
        size = image.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
        # Filled to the edge: rows of tiles of one shape are easier to scan than pictures with bars.
        scale = image.width() / size.width()
        width, height = area.width() * scale, area.height() * scale
        source = QRectF((image.width() - width) / 2, (image.height() - height) / 2, width, height)
        painter.drawImage(QRectF(area), image, source)

    def _draw_name(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        tile: QRect,
        name: str,
        note: str,
        *,
        selected: bool,
    ) -> None:
        line = QRect(tile.left() + 2, tile.bottom() - _NAME_HEIGHT + 1, tile.width() - 4, _NAME_HEIGHT)
        quiet = option.palette.highlightedText() if selected else option.palette.placeholderText()
        painter.setPen(quiet.color())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, note)
        line.setRight(line.right() - option.fontMetrics.horizontalAdvance(note) - _MARGIN)
        painter.setPen((option.palette.highlightedText() if selected else option.palette.text()).color())
        name = option.fontMetrics.elidedText(name, Qt.TextElideMode.ElideMiddle, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)


def _draw_badge(painter: QPainter, picture: QRect, state: SampleState) -> None:
    """Draw the state by colour and by shape: tick, dot, ring, exclamation mark."""
    box = QRectF(picture.right() - _BADGE - 3, picture.top() + 4, _BADGE, _BADGE)
    middle = box.center()
    colour = {
        SampleState.MASKED: _MASKED,
        SampleState.UNSAVED: _UNSAVED,
        SampleState.PROBLEM: _PROBLEM,
        SampleState.UNLABELLED: _UNLABELLED,
    }[state]
    painter.setPen(QPen(QColor(255, 255, 255), 1.5))
    painter.setBrush(colour)
    painter.drawEllipse(box)
    painter.setPen(QPen(QColor(255, 255, 255), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    match state:
        case SampleState.MASKED:
            painter.drawPolyline([middle + QPointF(-3, 0.2), middle + QPointF(-0.8, 2.6), middle + QPointF(3.2, -2.4)])
        case SampleState.UNSAVED:
            painter.drawEllipse(middle, 1.6, 1.6)
        case SampleState.PROBLEM:
            painter.drawLine(middle + QPointF(0, -3.6), middle + QPointF(0, 0.8))
            painter.drawPoint(middle + QPointF(0, 3.8))
        case SampleState.UNLABELLED:
            painter.drawLine(middle + QPointF(-3, 0), middle + QPointF(3, 0))

"""Icons: line drawings of ``resources/icons`` in the colour of the text around them."""

from functools import cache

from PySide6.QtCore import QByteArray, QObject, Qt
from PySide6.QtGui import QAction, QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from segstudio.assets import asset

_SIZES = (16, 18, 20, 24)
"""The sides, in logical pixels, at which buttons and menus show icons; labels draw theirs at their own size."""

_NAME = "icon_name"


def icon(name: str) -> QIcon:
    """Return ``resources/icons/<name>.svg`` in the palette's colours, for all modes, sizes and screens there are."""
    palette = QApplication.palette()
    # Only what the screens can show: drawing all sizes for all scales took a fifth of the start.
    sides = {round(size * screen.devicePixelRatio()) for screen in QGuiApplication.screens() for size in _SIZES}
    made = QIcon()
    for mode, group, role in (
        (QIcon.Mode.Normal, QPalette.ColorGroup.Active, QPalette.ColorRole.ButtonText),
        (QIcon.Mode.Disabled, QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText),
        (QIcon.Mode.Selected, QPalette.ColorGroup.Active, QPalette.ColorRole.HighlightedText),
    ):
        drawing = _drawing(name, palette.color(group, role))
        for side in sides:
            made.addPixmap(_pixmap(drawing, side), mode)
    return made


def pixmap(name: str, side: int, colour: str) -> QPixmap:
    """Draw an icon ``side`` physical pixels square in one colour (``#rrggbb``)."""
    return _pixmap(_drawing(name, QColor(colour)), side)


def set_icon(target: QAction | QAbstractButton, name: str) -> None:
    """Give an action or button an icon that `refresh_icons` can recolour."""
    target.setProperty(_NAME, name)
    target.setIcon(icon(name))


def set_label_icon(target: QLabel, name: str, size: int) -> None:
    """Show an icon, in the quiet text colour, on a label; `refresh_icons` recolours it."""
    target.setProperty(_NAME, name)
    target.setProperty("icon_size", size)
    ratio = target.devicePixelRatio()
    colour = QApplication.palette().color(QPalette.ColorRole.PlaceholderText)
    picture = pixmap(name, round(size * ratio), colour.name())
    picture.setDevicePixelRatio(ratio)
    target.setPixmap(picture)


def refresh_icons(root: QObject) -> None:
    """Draw all icons below ``root`` anew after the palette has changed."""
    targets: list[QAction | QAbstractButton] = [*root.findChildren(QAction), *root.findChildren(QAbstractButton)]
    for target in targets:
        name = target.property(_NAME)
        if isinstance(name, str):
            target.setIcon(icon(name))
    for label in root.findChildren(QLabel):
        name, size = label.property(_NAME), label.property("icon_size")
        if isinstance(name, str) and isinstance(size, int):
            set_label_icon(label, name, size)


def _pixmap(drawing: QSvgRenderer, side: int) -> QPixmap:
    """Draw an icon ``side`` physical pixels square."""
    picture = QPixmap(side, side)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    drawing.render(painter)
    painter.end()
    return picture


def _drawing(name: str, colour: QColor) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour.name()).encode()))


@cache
def _source(name: str) -> str:
    return asset(f"icons/{name}.svg").read_text(encoding="utf-8")

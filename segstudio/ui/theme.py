"""How the window looks: two palettes, one accent colour, a handful of roles.

Panels take colours from the palette and spaces in multiples of `SPACING` / 2; nothing else is styled by hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

SPACING = 8
"""The distance between two things that belong together, in logical pixels."""

Scheme = Literal["system", "light", "dark"]
Role = Literal["heading", "figure", "quiet", "primary", "danger", "panel", "rail", "tool", "problem"]


@dataclass(frozen=True, slots=True)
class _Shades:
    window: str
    base: str
    alternate: str
    button: str
    border: str
    text: str
    quiet: str
    disabled: str
    accent: str
    on_accent: str
    danger: str
    warning: str


_LIGHT = _Shades(
    window="#f3f4f6",
    base="#ffffff",
    alternate="#eceef1",
    button="#ffffff",
    border="#cfd4db",
    text="#1c2026",
    quiet="#59616d",
    disabled="#a0a7b1",
    accent="#2767d2",
    on_accent="#ffffff",
    danger="#b3261e",
    warning="#8a5a00",
)
_DARK = _Shades(
    window="#202327",
    base="#181a1d",
    alternate="#272b30",
    button="#2c3137",
    border="#3d434b",
    text="#e5e8ec",
    quiet="#a0a8b3",
    disabled="#646c77",
    accent="#5a93f5",
    on_accent="#0e1116",
    danger="#ff8a80",
    warning="#e6b450",
)


def make_application(argv: Sequence[str]) -> QApplication:
    """Make the application, in the style that the palettes are made for; ``argv`` is the program and Qt's own words."""
    # By Qt's own word and not by setStyle: to touch the style from Python loads ten enumerations, slower than a start
    # can bear.
    return QApplication([argv[0], "-style", "fusion", *argv[1:]])


def apply_theme(app: QApplication, scheme: Scheme = "system") -> None:
    """Give the whole program the light or the dark palette; ``system`` follows the desktop."""
    hints = app.styleHints()
    wanted = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark, "system": Qt.ColorScheme.Unknown}[scheme]
    hints.setColorScheme(wanted)
    dark = scheme == "dark" or (scheme == "system" and hints.colorScheme() == Qt.ColorScheme.Dark)
    shades = _DARK if dark else _LIGHT
    app.setPalette(_palette(shades))
    app.setStyleSheet(_style_sheet(shades))


def is_dark(widget: QWidget) -> bool:
    """Say whether a widget is drawn light on dark."""
    return widget.palette().color(QPalette.ColorRole.Window).lightness() < 128


def warning_colour(widget: QWidget) -> QColor:
    """Return the colour of warnings that reads well on the widget's background."""
    return QColor((_DARK if is_dark(widget) else _LIGHT).warning)


def danger_colour(widget: QWidget) -> QColor:
    """Return the colour of errors that reads well on the widget's background."""
    return QColor((_DARK if is_dark(widget) else _LIGHT).danger)


def set_role(widget: QWidget, role: Role) -> None:
    """Style a widget by what it is: see `Role`."""
    widget.setProperty("role", role)
    # A new widget is polished when it is first shown.
    if widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def _palette(shades: _Shades) -> QPalette:
    palette = QPalette()
    roles = QPalette.ColorRole
    for role, colour in (
        (roles.Window, shades.window),
        (roles.WindowText, shades.text),
        (roles.Base, shades.base),
        (roles.AlternateBase, shades.alternate),
        (roles.Text, shades.text),
        (roles.PlaceholderText, shades.quiet),
        (roles.Button, shades.button),
        (roles.ButtonText, shades.text),
        (roles.BrightText, shades.danger),
        (roles.ToolTipBase, shades.alternate),
        (roles.ToolTipText, shades.text),
        (roles.Highlight, shades.accent),
        (roles.HighlightedText, shades.on_accent),
        (roles.Accent, shades.accent),
        (roles.Link, shades.accent),
        (roles.Light, shades.base),
        (roles.Midlight, shades.alternate),
        (roles.Mid, shades.border),
        (roles.Dark, shades.border),
        (roles.Shadow, "#000000"),
    ):
        palette.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(shades.disabled))
    palette.setColor(QPalette.ColorGroup.Disabled, roles.Highlight, QColor(shades.border))
    return palette


def _style_sheet(shades: _Shades) -> str:
    return f"""
    QToolTip {{ border: 1px solid {shades.border}; padding: 4px 6px; }}
    QLabel[role="heading"] {{ font-weight: 600; font-size: 11pt; }}
    QLabel[role="figure"] {{ font-weight: 600; font-size: 16pt; }}
    QLabel[role="quiet"] {{ color: {shades.quiet}; }}
    QLabel[role="problem"] {{ color: {shades.danger}; }}
    QPushButton {{
        padding: 5px 14px; border: 1px solid {shades.border}; border-radius: 5px; background: {shades.button};
    }}
    QPushButton:hover {{ border-color: {shades.accent}; }}
    QPushButton:pressed {{ background: {shades.alternate}; }}
    QPushButton:focus {{ border-color: {shades.accent}; }}
    QPushButton:disabled {{ color: {shades.disabled}; background: {shades.window}; border-color: {shades.border}; }}
    QPushButton[role="primary"] {{
        background: {shades.accent}; color: {shades.on_accent}; border-color: {shades.accent}; font-weight: 600;
    }}
    QPushButton[role="primary"]:disabled {{
        background: {shades.alternate}; color: {shades.disabled}; border-color: {shades.border};
    }}
    QPushButton[role="danger"] {{ color: {shades.danger}; border-color: {shades.danger}; }}
    QToolButton {{ border: 1px solid transparent; border-radius: 5px; padding: 4px; background: transparent; }}
    QToolButton[popupMode="2"] {{ padding-right: 14px; }}
    QToolButton:hover {{ background: {shades.alternate}; }}
    QToolButton:focus {{ border-color: {shades.accent}; }}
    QToolButton:checked {{ background: {shades.alternate}; border-color: {shades.accent}; }}
    QToolButton:disabled {{ color: {shades.disabled}; }}
    QFrame[role="panel"] {{ background: {shades.window}; border: none; }}
    QFrame[role="rail"] {{ background: {shades.alternate}; border: none; }}
    QFrame[role="rail"] QToolButton {{ padding: 8px 4px 6px 4px; border-radius: 6px; }}
    QFrame[role="rail"] QToolButton:checked {{
        background: {shades.base}; border-color: {shades.border}; color: {shades.accent}; font-weight: 600;
    }}
    QSplitter::handle {{ background: {shades.border}; }}
    QSplitter::handle:horizontal {{ width: 1px; }}
    QSplitter::handle:vertical {{ height: 1px; }}
    QStatusBar {{ border-top: 1px solid {shades.border}; }}
    QStatusBar::item {{ border: none; }}
    QHeaderView::section {{
        background: {shades.window}; border: none; border-bottom: 1px solid {shades.border}; padding: 4px 6px;
    }}
    """

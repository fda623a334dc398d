"""A scene on the screen, and everything that can be shown in it.

It works in device pixels throughout, so that fractional scale factors shift nothing (R23). What is drawn is kept in
`Frame`; showing it is then one blit of what has changed.
"""

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QWidget

from segstudio.dataset.classes import ClassList
from segstudio.dataset.images import ImageArray
from segstudio.dataset.masks import MaskArray
from segstudio.dataset.overlay import ColourTable, colour_table
from segstudio.painting.boxes import Box
from segstudio.painting.brush import Point
from segstudio.painting.display import Tone
from segstudio.painting.marks import reach
from segstudio.painting.pyramid import Pyramid
from segstudio.painting.regions import Region
from segstudio.painting.scene import Preview
from segstudio.painting.view import ViewTransform, fitted
from segstudio.ui.canvas.frame import Frame
from segstudio.ui.overriding import override


class SceneView(QWidget):
    """Shows a picture, masks over it, and what tools propose or select. Nothing is done by hand here.

    Signals:
        drawn_anew(): something looks different from now on.
    """

    drawn_anew = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumSize(120, 120)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._frame = Frame()
        self._fits = True
        self._swipe: float | None = None
        self._take_surround()

    @property
    def view(self) -> ViewTransform:
        """Which part of the picture is shown, in device pixels."""
        return self._frame.view

    @property
    def fits(self) -> bool:
        """Whether the whole picture is shown, and stays so when the window changes its size."""
        return self._fits

    @property
    def picture(self) -> Pyramid | None:
        """What is shown, if anything is."""
        return self._frame.scene.picture

    @property
    def has_picture(self) -> bool:
        """Whether there is anything to see."""
        return self._frame.scene.picture is not None

    def set_picture(self, picture: Pyramid | ImageArray | None) -> None:
        """Show another picture, whole; masks, preview and selection of the one before go.

        Args:
            picture: (height, width, 3) uint8 RGB, or, so that nobody waits for a large one here, all its sizes.
        """
        scene = self._frame.scene
        old = scene.picture
        scene.picture = new = picture if picture is None or isinstance(picture, Pyramid) else Pyramid(picture)
        scene.mask = scene.second_mask = scene.preview = scene.selection = None
        if new is not None and (old is None or (old.width, old.height) != (new.width, new.height)):
            self._fits = True
        if self._fits:
            self.fit()
        self._spoil()

    def set_mask(self, mask: MaskArray | None) -> None:
        """Lay a mask of the picture's size over it. It is not copied: say `refresh` when it changes."""
        self._frame.scene.mask = mask
        self._spoil()

    def set_second_mask(self, mask: MaskArray | None) -> None:
        """Give the mask that is shown at the right of the divider (see `set_swipe`)."""
        self._frame.scene.second_mask = mask
        self._spoil()

    def set_swipe(self, fraction: float | None) -> None:
        """Divide the canvas at this fraction of its width: mask left, second mask right. None: mask everywhere."""
        self._swipe = fraction
        self._place_divider()
        self._spoil()

    def set_colours(self, classes: ClassList) -> None:
        """Draw the masks in the colours of these classes."""
        self.set_colour_table(colour_table(classes))

    def set_colour_table(self, table: ColourTable) -> None:
        """Draw the masks in these colours: (65536, 4) uint8 red, green, blue, cover by id. It is not copied."""
        self._frame.scene.colours = table
        self._spoil()

    def set_opacity(self, opacity: float) -> None:
        """Draw the masks more or less strongly: 0 to 1."""
        self._frame.scene.opacity = opacity
        self._spoil()

    def set_overlay_visible(self, visible: bool) -> None:  # noqa: FBT001 - a Qt slot
        """Draw the masks, or not."""
        self._frame.scene.overlay = visible
        self._spoil()

    def set_outlines(self, outlines: bool) -> None:  # noqa: FBT001 - a Qt slot
        """Draw only the borders of the classes, or all of them."""
        self._frame.scene.outlines = outlines
        self._spoil()

    def set_grid(self, grid: bool) -> None:  # noqa: FBT001 - a Qt slot
        """Tell the picture's pixels apart by lines where they are large, or not."""
        self._frame.scene.grid = grid
        self._spoil()

    def set_tone(self, tone: Tone) -> None:
        """Look at the picture in another light; no pixel changes for it."""
        if tone != self._frame.scene.tone:
            self._frame.scene.tone = tone
            self._spoil()

    def set_preview(self, region: Region | None, ids: MaskArray | int = 0) -> None:
        """Show what a tool would paint, hatched; None for nothing. Only what changes is drawn.

        Args:
            region: where.
            ids: one id, or (region.box.height, region.box.width) of them.
        """
        scene = self._frame.scene
        before, scene.preview = scene.preview, None if region is None else Preview(region, ids)
        for preview in (before, scene.preview):
            if preview is not None:
                self._spoil_around(preview.region.box)

    def set_selection(self, region: Region | None) -> None:
        """Dim all but a region; None dims nothing."""
        scene = self._frame.scene
        before, scene.selection = scene.selection, region
        if before is None or region is None:
            if before is not region:
                self._spoil()
            return
        self._spoil_around(before.box)
        self._spoil_around(region.box)

    def set_view(self, view: ViewTransform) -> None:
        """Show another part of the picture; says nothing to anybody, so that canvases can follow one another."""
        if view != self._frame.view:
            self._frame.view = view
            self._fits = False
            self._spoil()

    def fitting_view(self) -> ViewTransform:
        """Return the view that shows the whole picture; without one, the view as it is."""
        picture, size = self._frame.scene.picture, self._device_size()
        if picture is None:
            return self._frame.view
        return fitted(
            width=picture.width, height=picture.height, viewport_width=size.right, viewport_height=size.bottom
        )

    def fit(self) -> None:
        """Show the whole picture, and go on doing so when the window changes its size."""
        if self.has_picture:
            self._frame.view = self.fitting_view()
            self._fits = True
            self._spoil()

    def refresh(self, box: Box | None) -> None:
        """Draw a box of picture pixels anew, because the mask has changed there; None does nothing."""
        if box is not None and self._frame.scene.outlines:
            self._spoil_around(box)
        elif box is not None:
            self._spoil(self.view.screen_box(box))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        image = self._frame.image()
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        painter.scale(1 / ratio, 1 / ratio)
        # Piece by piece: the box around them all can be most of the screen.
        for rect in event.region():  # type: ignore[attr-defined] # Qt's begin and end, which its stubs do not know
            device = self._to_device(rect)
            painter.drawImage(device.topLeft(), image, device)
        if self._swipe is not None:
            x = round(self._swipe * self._frame.box.right)
            painter.fillRect(QRect(QPoint(x - 1, 0), QPoint(x + 1, self._frame.box.bottom)), self.palette().highlight())
        self._paint_over(painter)
        painter.end()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._new_frame()

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._take_surround()
        super().changeEvent(event)

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._new_frame()
        return super().event(event)

    def _paint_over(self, painter: QPainter) -> None:
        """Draw, in device pixels, what lies over the picture."""

    def _spoil(self, box: Box | None = None) -> None:
        """Draw a box of device pixels anew; all of them, if None."""
        part = self._frame.spoil(box)
        if not part.empty:
            self.update(self._to_logical(part))
            self.drawn_anew.emit()

    def _spoil_around(self, box: Box) -> None:
        """Draw a box of picture pixels anew, and as far around it as lines reach."""
        if not box.empty:
            self._spoil(self.view.screen_box(box).grown(reach(self._frame.scene.line)))

    def _new_frame(self) -> None:
        size = self._device_size()
        self._frame.resize(size.right, size.bottom)
        self._frame.scene.line = max(1, round(self.devicePixelRatioF()))
        self._place_divider()
        if self._fits:
            self.fit()
        self.update()

    def _place_divider(self) -> None:
        self._frame.scene.swipe = None if self._swipe is None else round(self._swipe * self._frame.box.right)

    def _take_surround(self) -> None:
        window = self.palette().color(QPalette.ColorRole.Window)
        shade = window.darker(112) if window.lightness() > 128 else window.darker(135)
        self._frame.scene.surround = (shade.blue(), shade.green(), shade.red())
        self._spoil()

    def _device_size(self) -> Box:
        ratio = self.devicePixelRatioF()
        return Box(0, 0, max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))

    def _device_point(self, position: QPointF) -> Point:
        ratio = self.devicePixelRatioF()
        return position.x() * ratio, position.y() * ratio

    def _to_device(self, rect: QRect) -> QRect:
        ratio = self.devicePixelRatioF()
        scaled = QRectF(rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio)
        whole = self._frame.box
        return scaled.toAlignedRect().intersected(QRect(0, 0, whole.width, whole.height))

    def _to_logical(self, box: Box) -> QRect:
        ratio = self.devicePixelRatioF()
        return QRectF(box.left / ratio, box.top / ratio, box.width / ratio, box.height / ratio).toAlignedRect()

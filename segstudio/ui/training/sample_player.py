"""Predictions for a few samples that grow better by epoch, beside their masks."""

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPalette, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QSlider, QToolButton, QVBoxLayout, QWidget

from segstudio.dataset.dataset import Dataset
from segstudio.learning.run_samples import find_sample_files
from segstudio.ui.icons import set_icon
from segstudio.ui.jobs import Job, Jobs
from segstudio.ui.overriding import override
from segstudio.ui.theme import SPACING, set_role
from segstudio.ui.training.sample_pictures import KnownSample, prediction_picture, read_known
from segstudio.ui.training.shown_run import ShownRun

_PLAY_MILLISECONDS = 500

Pictures = Mapping[str, tuple[QImage | None, QImage | None]]
"""Prediction and mask by sample; None for what is gone."""


class SamplePlayer(QWidget):
    """Shows the sample predictions of an epoch; read in the background, and only while they are seen."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._dataset: Dataset | None = None
        self._run: ShownRun | None = None
        self._epochs: list[int] = []
        self._known: dict[str, KnownSample] = {}
        self._tiles: dict[str, tuple[_Picture, _Picture, QLabel]] = {}
        self._job: Job | None = None
        self._shown_epoch: int | None = None
        self._stale = False
        self._play_timer = QTimer(self)
        self._play_timer.setInterval(_PLAY_MILLISECONDS)
        self._play_timer.timeout.connect(self._on_next)
        self._grid = QGridLayout()
        self._grid.setSpacing(SPACING)
        self._of = QLabel()
        self._of.setWordWrap(True)
        set_role(self._of, "quiet")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACING, 0, 0)
        layout.setSpacing(SPACING)
        layout.addLayout(self._build_row())
        layout.addWidget(self._of)
        layout.addLayout(self._grid, 1)
        layout.addStretch(0)
        self.show_run(None)

    @property
    def epoch(self) -> int | None:
        """The epoch whose predictions are seen; None for none."""
        return self._shown_epoch

    @property
    def epochs(self) -> list[int]:
        """The epochs that can be seen."""
        return self._epochs

    @property
    def said(self) -> str:
        """Which epoch is shown, or why nothing is."""
        return self._of.text()

    @property
    def is_playing(self) -> bool:
        """Whether one epoch follows the other."""
        return self._play_timer.isActive()

    def pictures(self, sample: str) -> tuple[QImage | None, QImage | None]:
        """Return the prediction and the mask of a sample as they are seen."""
        prediction, mask, _name = self._tiles[sample]
        return prediction.image, mask.image

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Look for pictures that are not where a run had them in this dataset."""
        self._dataset = dataset

    def show_run(self, run: ShownRun | None) -> None:
        """Show another run, from its last epoch on."""
        self._stop()
        self._run = run
        self._known = {}
        self._shown_epoch = None
        for tile in self._tiles.values():
            for widget in tile:
                self._grid.removeWidget(widget)
                widget.deleteLater()
        self._tiles = {}
        self._epochs = []
        self.note_change()

    def note_change(self) -> None:
        """Offer what the run has predicted by now; who looks at the newest epoch goes on with it."""
        known = {} if self._run is None else self._run.curves.samples
        epochs = sorted(known)
        if epochs != self._epochs:
            at_end = self._slider.value() == self._slider.maximum() or self._shown_epoch is None
            kept = self._epochs[self._slider.value()] if self._epochs and not at_end else None
            self._epochs = epochs
            blocked = self._slider.blockSignals(True)
            self._slider.setRange(0, max(len(epochs) - 1, 0))
            self._slider.setValue(epochs.index(kept) if kept in epochs else len(epochs) - 1)
            self._slider.blockSignals(blocked)
        for widget in (self._slider, self.play):
            widget.setEnabled(len(epochs) > 1)
        self._want()

    def _build_row(self) -> QHBoxLayout:
        self.play = QToolButton()
        set_icon(self.play, "next")
        self.play.setToolTip("Play from the first epoch to the last")
        self.play.setAccessibleName("Play")
        self.play.clicked.connect(self._on_play_clicked)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setAccessibleName("Epoch")
        self._slider.setRange(0, 0)
        self._slider.valueChanged.connect(lambda _value: self._want())
        self._slider.sliderPressed.connect(self._stop)
        row = QHBoxLayout()
        row.addWidget(self.play)
        row.addWidget(self._slider, 1)
        return row

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._want()

    def _want(self) -> None:
        """Show the epoch of the slider as soon as it is read; reading goes on with the newest wish."""
        self._stale = True
        run = self._run
        if run is None or run.folder is None or not self._epochs:
            self._of.setText(
                "Choose a run below to see its predictions grow better."
                if run is None
                else f"{run.name} has no sample predictions yet: some are made after each epoch."
            )
            return
        if self._job is not None or not self.isVisible():
            return
        self._stale = False
        if self._shown_epoch is None:
            self._of.setText("Reading the predictions …")
        epoch = self._epochs[self._slider.value()]
        self._start(run, run.folder, epoch, dict(run.curves.samples[epoch]))

    def _start(self, run: ShownRun, folder: Path, epoch: int, paths: Mapping[str, str]) -> None:
        known, dataset = dict(self._known), self._dataset

        def read(
            *,
            emit: Callable[[object], None],  # noqa: ARG001 - short
            should_stop: Callable[[], bool],  # noqa: ARG001 - four small pictures
        ) -> tuple[dict[str, KnownSample], Pictures]:
            missing = [key for key in paths if key not in known]
            if missing:
                files = find_sample_files(folder, missing, dataset=dataset)
                known.update({key: read_known(files[key], run.classes) for key in missing})
            return known, {
                key: (prediction_picture(folder / path, known[key], run.classes), known[key].mask)
                for key, path in paths.items()
            }

        def succeeded(found: tuple[dict[str, KnownSample], Pictures]) -> None:
            if self._run is run:
                self._known = found[0]
                self._show(epoch, found[1])

        self._job = self._jobs.start("Reading sample predictions", read, succeeded=succeeded, ended=self._on_ended)

    def _on_ended(self) -> None:
        self._job = None
        if self._stale:
            self._want()

    def _show(self, epoch: int, pictures: Pictures) -> None:
        assert self._run is not None
        self._shown_epoch = epoch
        self._of.setText(
            f"{self._run.name} after epoch {epoch} of {self._epochs[-1]}: above the prediction, below the mask."
        )
        for sample, (prediction, mask) in pictures.items():
            if sample not in self._tiles:
                self._add_tile(sample)
            shown = self._tiles[sample]
            shown[0].show_image(prediction)
            shown[1].show_image(mask)

    def _add_tile(self, sample: str) -> None:
        column = len(self._tiles)
        name = QLabel(sample.partition("/")[2])
        name.setToolTip(sample)
        name.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        set_role(name, "quiet")
        tile = (
            _Picture(f"Prediction for {sample}", "The prediction\nis gone"),
            _Picture(f"Mask of {sample}", "The mask\nis not here"),
            name,
        )
        for row, widget in enumerate(tile):
            self._grid.addWidget(widget, row, column)
        for row in (0, 1):
            self._grid.setRowStretch(row, 1)
        self._tiles[sample] = tile

    def _on_play_clicked(self) -> None:
        if self.is_playing:
            self._stop()
            return
        if self._slider.value() == self._slider.maximum():
            self._slider.setValue(0)
        set_icon(self.play, "stop")
        self._play_timer.start()

    def _on_next(self) -> None:
        if self._job is not None:
            return  # what is wanted is not seen yet
        self._slider.setValue(self._slider.value() + 1)
        if self._slider.value() == self._slider.maximum():
            self._stop()

    def _stop(self) -> None:
        self._play_timer.stop()
        if hasattr(self, "play"):
            set_icon(self.play, "next")


class _Picture(QWidget):
    """A picture as large as there is room, or words in its place."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__()
        self.image: QImage | None = None
        self._words = words
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_image(self, image: QImage | None) -> None:
        """Show a picture, or the words for None."""
        self.image = image
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(200, 150)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(48, 48)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(self.rect())
        if self.image is None:
            palette = self.palette()
            painter.fillRect(area, palette.color(QPalette.ColorRole.AlternateBase))
            painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self._words)
            return
        scale = min(area.width() / self.image.width(), area.height() / self.image.height())
        shown = QRectF(0, 0, self.image.width() * scale, self.image.height() * scale)
        shown.moveCenter(area.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=scale < 1)
        painter.drawImage(shown, self.image)

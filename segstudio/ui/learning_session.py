"""Training and prediction as the window sees them: requests in, signals out, TensorFlow in another process.

The child interpreter (`learning.isolated.Worker`) is warmed up when training is first looked at, serves one
request at a time and is ended with the window.
"""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from segstudio.dataset.dataset import Dataset, Sample
from segstudio.learning.config import TrainingConfig
from segstudio.learning.events import Emit, ShouldStop
from segstudio.learning.isolated import Worker
from segstudio.learning.run_summary import RunSummaries, RunSummary
from segstudio.ui.jobs import Job, Jobs


class LearningSession(QObject):
    """Runs trainings and predictions, one at a time each, and knows the runs of the open dataset.

    Signals:
        training_started(TrainingConfig): it was handed to the worker.
        training_event(Event): see `learning.events`.
        training_failed(str): why, for people; `training_ended` follows.
        training_ended(): whether finished, stopped or failed.
        prediction_started(int): for so many pictures.
        prediction_event(Event): `Progress`.
        prediction_failed(str): why, for people; `prediction_ended` follows.
        prediction_ended(): what was predicted is on the disk.
        runs_changed(list[RunSummary]): the runs of the dataset, newest first.
    """

    training_started = Signal(object)
    training_event = Signal(object)
    training_failed = Signal(str)
    training_ended = Signal()
    prediction_started = Signal(int)
    prediction_event = Signal(object)
    prediction_failed = Signal(str)
    prediction_ended = Signal()
    runs_changed = Signal(object)

    def __init__(self, jobs: Jobs, worker: Worker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._worker = worker
        self._runs_folder: Path | None = None
        self._summaries = RunSummaries()
        self._training: Job | None = None
        self._predicting: Job | None = None

    @property
    def is_training(self) -> bool:
        """Whether a run is under way."""
        return self._training is not None

    @property
    def is_predicting(self) -> bool:
        """Whether predictions are being made."""
        return self._predicting is not None

    @property
    def trainer_process_id(self) -> int | None:
        """The process that trains and predicts, as the operating system counts; None while there is none."""
        return self._worker.process_id

    def warm_up(self) -> None:
        """Start the worker and let it load TensorFlow, so that Train answers at once. Returns immediately."""
        self._worker.warm_up()

    def set_dataset(self, dataset: Dataset | None) -> None:
        """List the runs of another dataset."""
        self._runs_folder = None if dataset is None else dataset.runs
        self.refresh_runs()

    def refresh_runs(self) -> None:
        """Read the run folders again, in the background; `runs_changed` follows."""
        folder = self._runs_folder
        if folder is None:
            self.runs_changed.emit([])
            return

        def read(*, emit: object, should_stop: ShouldStop) -> list[RunSummary]:  # noqa: ARG001 - the list is the news
            return self._summaries.read(folder, should_stop=should_stop)

        self._jobs.start("Reading the runs", read, succeeded=lambda runs: self._on_runs_read(folder, runs))

    def train(self, config: TrainingConfig, *, isolated: bool = True) -> None:
        """Begin a run; ignored while another is under way."""
        if self._training is not None:
            return

        def run(*, emit: Emit, should_stop: ShouldStop) -> object:
            if isolated:
                return self._worker.train(config, emit=emit, should_stop=should_stop)
            from segstudio.learning.training import train  # TensorFlow: only now, and only by choice

            return train(config, emit=emit, should_stop=should_stop)

        self._training = self._jobs.start(
            "Training",
            run,
            emitted=self.training_event.emit,
            failed=self.training_failed.emit,
            ended=self._on_training_finished,
        )
        self.training_started.emit(config)

    def stop_training(self) -> None:
        """Ask the run to end; its model so far stays."""
        if self._training is not None:
            self._training.request_stop()

    def predict(self, run_folder: Path, groups: Sequence[tuple[Path, Sequence[Path]]]) -> None:
        """Predict pictures; ignored while other predictions are being made.

        Args:
            run_folder: the run whose model is used.
            groups: (output folder, pictures) pairs; each picture gives ``<output>/<stem>.png``.
        """
        if self._predicting is not None:
            return

        def run(*, emit: Emit, should_stop: ShouldStop) -> None:
            for output, images in groups:
                if not should_stop():
                    self._worker.predict_images(run_folder, images, output, emit=emit, should_stop=should_stop)

        self._predicting = self._jobs.start(
            "Predicting",
            run,
            emitted=self.prediction_event.emit,
            failed=self.prediction_failed.emit,
            ended=self._on_prediction_finished,
        )
        self.prediction_started.emit(sum(len(images) for _output, images in groups))

    def stop_predicting(self) -> None:
        """Ask the predictions to end; those made so far stay."""
        if self._predicting is not None:
            self._predicting.request_stop()

    def close(self) -> None:
        """End the worker; a run under way keeps what it has."""
        self.stop_training()
        self.stop_predicting()
        self._worker.close()

    def _on_runs_read(self, folder: Path, runs: list[RunSummary]) -> None:
        if folder == self._runs_folder:
            self.runs_changed.emit(runs)

    def _on_training_finished(self) -> None:
        self._training = None
        self.training_ended.emit()
        self.refresh_runs()

    def _on_prediction_finished(self) -> None:
        self._predicting = None
        self.prediction_ended.emit()


def prediction_groups(
    dataset: Dataset, run: str, samples: Sequence[Sample], images: Sequence[Path]
) -> list[tuple[Path, list[Path]]]:
    """Say where predictions go: ``predictions/<run>/<split>/`` for samples, ``…/pictures/`` for other pictures."""
    groups: dict[Path, list[Path]] = {}
    for sample in samples:
        groups.setdefault(dataset.predictions / run / sample.split, []).append(sample.image)
    if images:
        groups[dataset.predictions / run / "pictures"] = list(images)
    return list(groups.items())

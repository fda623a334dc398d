"""Training and prediction as the window sees them: requests in, signals out, TensorFlow in another process.

The child interpreter (`learning.isolated.Worker`) is warmed up when training is first looked at, serves one
request at a time and is ended with the window.
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, SignalInstance

from segstudio.dataset.dataset import Dataset, Sample
from segstudio.learning.config import TrainingConfig
from segstudio.learning.events import Emit, Event, RunContinued, RunPaused, ShouldStop
from segstudio.learning.isolated import Worker
from segstudio.learning.run_summary import RunSummaries, RunSummary
from segstudio.ui.jobs import Job, Jobs, LongFunction


class LearningSession(QObject):
    """Runs trainings and predictions, one at a time each, and knows the runs of the open dataset.

    Signals:
        training_started(TrainingConfig): it was handed to the worker.
        training_event(Event): see `learning.events`.
        training_failed(str): why, for people; `training_ended` follows.
        training_ended(): whether finished, stopped or failed.
        training_paused(): the run waits.
        training_continued(): it goes on.
        rate_event(Event): `Progress` of a search for a learning rate.
        rate_found(dict): `RateSearch.to_json` of what it found.
        rate_failed(str): why not, for people; empty where a person stopped it.
        rate_ended(): follows each of the last two.
        device_described(dict): `learning.device.device_facts`.
        prediction_started(int): for so many pictures.
        prediction_event(Event): `Progress`.
        prediction_failed(str): why, for people; `prediction_ended` follows.
        prediction_ended(): what was predicted is on the disk.
        runs_changed(list[RunSummary]): the runs of the dataset, newest first.
        augmentation_previewed(list): (name, paths of pictures) of each sample, the first picture unchanged.
        preview_failed(str): why there is nothing to see, for people.
    """

    training_started = Signal(object)
    training_event = Signal(object)
    training_failed = Signal(str)
    training_ended = Signal()
    training_paused = Signal()
    training_continued = Signal()
    rate_event = Signal(object)
    rate_found = Signal(object)
    rate_failed = Signal(str)
    rate_ended = Signal()
    device_described = Signal(object)
    prediction_started = Signal(int)
    prediction_event = Signal(object)
    prediction_failed = Signal(str)
    prediction_ended = Signal()
    runs_changed = Signal(object)
    augmentation_previewed = Signal(object)
    preview_failed = Signal(str)

    def __init__(self, jobs: Jobs, worker: Worker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._worker = worker
        self._runs_folder: Path | None = None
        self._summaries = RunSummaries()
        self._training: Job | None = None
        self._predicting: Job | None = None
        self._previewing: Job | None = None
        self._finding: Job | None = None
        self._pausing = threading.Event()

    @property
    def is_training(self) -> bool:
        """Whether a run is under way."""
        return self._training is not None

    @property
    def is_predicting(self) -> bool:
        """Whether predictions are being made."""
        return self._predicting is not None

    @property
    def is_finding_rate(self) -> bool:
        """Whether learning rates are being tried."""
        return self._finding is not None

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

        pausing = self._pausing

        def run(*, emit: Emit, should_stop: ShouldStop) -> object:
            if isolated:
                return self._worker.train(config, emit=emit, should_stop=should_stop, should_pause=pausing.is_set)
            from segstudio.learning.training import train  # TensorFlow: only now, and only by choice

            return train(config, emit=emit, should_stop=should_stop, should_pause=pausing.is_set)

        self._begin_training(run, config)

    def resume_run(self, folder: Path, config: TrainingConfig) -> None:
        """Go on with a run that was killed or stopped; ignored while another is under way.

        Args:
            folder: the run's.
            config: its settings, as `training_started` tells them.
        """
        if self._training is not None:
            return
        pausing = self._pausing

        def run(*, emit: Emit, should_stop: ShouldStop) -> object:
            return self._worker.resume(folder, emit=emit, should_stop=should_stop, should_pause=pausing.is_set)

        self._begin_training(run, config)

    def pause_training(self) -> None:
        """Let the run under way wait after its batch; `training_paused` follows."""
        self._pausing.set()

    def continue_training(self) -> None:
        """Let it go on; `training_continued` follows."""
        self._pausing.clear()

    def find_rate(self, config: TrainingConfig) -> None:
        """Try learning rates; `rate_found` or `rate_failed` follows. Not while a run is under way."""
        if self._finding is not None:
            return
        if self._training is not None:
            self.rate_failed.emit("A run is under way. Try learning rates when it has ended.")
            return

        def run(*, emit: Emit, should_stop: ShouldStop) -> object:
            found = self._worker.find_rate(config, emit=emit, should_stop=should_stop)
            return None if should_stop() else found

        self._finding = self._jobs.start(
            "Trying learning rates",
            run,
            emitted=self.rate_event.emit,
            succeeded=self._on_rate_found,
            failed=self.rate_failed.emit,
            ended=self._on_rate_ended,
        )

    def stop_finding_rate(self) -> None:
        """Give the search up."""
        if self._finding is not None:
            self._finding.request_stop()

    def describe_device(self) -> None:
        """Ask what trainings run on; `device_described` follows once TensorFlow is loaded."""
        self._jobs.start("Looking for a GPU", self._worker.describe_device, succeeded=self.device_described.emit)

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

    def preview_augmentation(
        self, config: TrainingConfig, output: Path, *, count: int, variants: int, seed: int
    ) -> None:
        """Write pictures as augmentation makes them into a folder; one that is being made for before is given up."""
        if self._training is not None or self._predicting is not None:
            what = "a run" if self._training is not None else "a prediction"
            self.preview_failed.emit(f"The training process is busy with {what}. Look again when it has ended.")
            return
        if self._previewing is not None:
            self._previewing.request_stop()

        def run(*, emit: Emit, should_stop: ShouldStop) -> object:
            return self._worker.preview_augmentation(
                config, output, count=count, variants=variants, seed=seed, emit=emit, should_stop=should_stop
            )

        def told(signal: SignalInstance) -> Callable[[object], None]:
            return lambda answer: signal.emit(answer) if self._previewing is job else None

        job = self._previewing = self._jobs.start(
            "Previewing augmentation",
            run,
            succeeded=told(self.augmentation_previewed),
            failed=told(self.preview_failed),
        )

    def close(self) -> None:
        """End the worker; a run under way keeps what it has."""
        self.stop_training()
        self.stop_predicting()
        self.stop_finding_rate()
        if self._previewing is not None:
            self._previewing.request_stop()
        self._worker.close()

    def _on_runs_read(self, folder: Path, runs: list[RunSummary]) -> None:
        if folder == self._runs_folder:
            self.runs_changed.emit(runs)

    def _begin_training(self, run: LongFunction, config: TrainingConfig) -> None:
        self._pausing.clear()
        self._training = self._jobs.start(
            "Training",
            run,
            emitted=self._on_training_event,
            failed=self.training_failed.emit,
            ended=self._on_training_finished,
        )
        self.training_started.emit(config)

    def _on_training_event(self, event: Event) -> None:
        self.training_event.emit(event)
        match event:
            case RunPaused():
                self.training_paused.emit()
            case RunContinued():
                self.training_continued.emit()

    def _on_rate_found(self, found: object) -> None:
        if found is None:
            self.rate_failed.emit("")
        else:
            self.rate_found.emit(found)

    def _on_rate_ended(self) -> None:
        self._finding = None
        self.rate_ended.emit()

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

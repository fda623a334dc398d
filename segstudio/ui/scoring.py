"""How far predictions agree with the masks of the open dataset, worked out in the background when that is wanted."""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from segstudio.dataset.dataset import SPLITS, Dataset, Sample
from segstudio.dataset.steps import ShouldStop
from segstudio.learning.agreement import PredictionScorer
from segstudio.ui.gently import gently
from segstudio.ui.jobs import Job, Jobs

_FIRST_PAUSE_SECONDS = 0.3
_LONGEST_PAUSE_SECONDS = 5.0

Scores = dict[str, float | None]


class PredictionScoring(QObject):
    """Compares the masks of the samples with what one run says of them.

    Args:
        jobs: what runs in the background.
        run: gives the name of the run that a person looks at; None for the one that has predicted last.
        awaited: whether a person waits for something else that is being read; see `gently`.

    Signals:
        scores_changed(dict[str, float | None] | None): mean IoU of some samples, by key; None where one has none any
            more, or, for all, to forget them.
        completed(str | None): all are compared; the run's name, or None if no run has predicted anything.
    """

    scores_changed = Signal(object)
    completed = Signal(object)

    def __init__(
        self,
        jobs: Jobs,
        run: Callable[[], str | None],
        parent: QObject | None = None,
        *,
        awaited: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._run = run
        self._awaited = awaited
        self._dataset: Dataset | None = None
        self._scorer = PredictionScorer()
        self._scored_run: str | None = None
        self._job: Job | None = None
        self._wanted = False
        self._seen: set[str] = set()
        self._saved: dict[str, Sample] = {}
        self.scores: dict[str, float] = {}
        """Mean IoU by key, as far as it is known."""

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Take another dataset; of the same one what is wanted is compared again where files have changed."""
        before, self._dataset = self._dataset, dataset
        if before is None or dataset is None or before.output != dataset.output:
            self._scorer = PredictionScorer()
            self._wanted = False
            self._stop()
            self._forget()
        self.compare_again()

    def want(self) -> None:
        """Compare all samples, and from now on those that change."""
        self._wanted = True
        self.compare_again()

    def compare_again(self) -> None:
        """Compare again where files have changed, or with another run, if that is wanted; `completed` follows."""
        if not self._wanted or self._dataset is None:
            return
        self._stop()
        self._seen = set()
        dataset, wanted = self._dataset, self._run()

        def compare(*, emit: Callable[[object], None], should_stop: ShouldStop) -> str | None:
            run = wanted or newest_run(dataset.predictions)
            if run is not None:
                emit(run)
                stop = gently(should_stop, samples=len(dataset), awaited=self._awaited)
                self._score(dataset, run, dataset.samples, emit, stop)
            return run

        job = self._jobs.start(
            "Comparing predictions",
            compare,
            emitted=lambda news: self._on_told(job, news),
            succeeded=lambda run: self._on_compared(job, run),
        )
        self._job = job

    def update(self, sample: Sample) -> None:
        """Compare a sample whose mask was just saved."""
        dataset, run = self._dataset, self._scored_run
        if self._job is not None:
            self._saved[sample.key] = sample  # what is under way may have passed it
            return
        if not self._wanted or dataset is None or run is None:
            return

        def compare(*, emit: Callable[[object], None], should_stop: ShouldStop) -> None:
            self._score(dataset, run, [sample], emit, should_stop)

        def take(scores: Scores) -> None:
            if run == self._scored_run and dataset.output == (self._dataset and self._dataset.output):
                self._take(scores)

        self._jobs.start("Comparing a prediction", compare, emitted=take)

    def _score(
        self,
        dataset: Dataset,
        run: str,
        samples: Iterable[Sample],
        emit: Callable[[object], None],
        should_stop: ShouldStop,
    ) -> None:
        scorer, folder = self._scorer, dataset.predictions / run
        predicted = {split: _names_in(folder / split) for split in SPLITS}
        found: Scores = {}
        told, pause = time.monotonic(), _FIRST_PAUSE_SECONDS
        for sample in samples:
            if sample.mask is None or f"{sample.name}.png" not in predicted[sample.split]:
                continue
            if should_stop():
                return
            prediction = folder / sample.split / f"{sample.name}.png"
            found[sample.key] = scorer.score(sample.mask, prediction, dataset.classes)
            if time.monotonic() - told > pause:
                emit(found)
                found = {}
                # Rarer and rarer: the more is known, the longer it takes to show it.
                told, pause = time.monotonic(), min(pause * 1.5, _LONGEST_PAUSE_SECONDS)
        emit(found)

    def _on_told(self, job: Job, news: str | Scores) -> None:
        if job is not self._job:
            return
        if isinstance(news, dict):
            self._seen |= news.keys()
            self._take(news)
        elif news != self._scored_run:
            self._forget()
            self._scored_run = news

    def _on_compared(self, job: Job, run: str | None) -> None:
        if job is not self._job:
            return
        self._job = None
        # Predictions that are gone, and samples that have other names by now.
        self._take({key: None for key in self.scores if key not in self._seen})
        saved, self._saved = self._saved, {}
        for sample in saved.values():
            self.update(sample)
        self.completed.emit(run)

    def _take(self, scores: Scores) -> None:
        for key, score in scores.items():
            self.scores.pop(key, None)
            if score is not None:
                self.scores[key] = score
        if scores:
            self.scores_changed.emit(scores)

    def _forget(self) -> None:
        self.scores = {}
        self._scored_run = None
        self.scores_changed.emit(None)

    def _stop(self) -> None:
        if self._job is not None:
            self._job.request_stop()
            self._job = None


def newest_run(predictions: Path) -> str | None:
    """Return the name of the run that has predicted samples of the dataset last, or None."""
    found: list[tuple[float, str]] = []
    for folder in _folders_in(predictions):
        times = [(folder / split).stat().st_mtime for split in SPLITS if (folder / split).is_dir()]
        if times:
            found.append((max(times), folder.name))
    return max(found)[1] if found else None


def _folders_in(folder: Path) -> Sequence[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_dir()]
    except OSError:
        return []


def _names_in(folder: Path) -> frozenset[str]:
    try:
        with os.scandir(folder) as entries:
            return frozenset(entry.name for entry in entries)
    except OSError:
        return frozenset()

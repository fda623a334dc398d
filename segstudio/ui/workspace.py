"""All that works on an open dataset: browser, places, editing, learning, and the wires between them.

Imported with the first dataset, because it loads numpy and OpenCV.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMessageBox

from segstudio.dataset.dataset import Dataset, Sample, Split
from segstudio.dataset.problems import Severity
from segstudio.learning.isolated import Worker
from segstudio.ui.browser.ordering import SampleOrdering
from segstudio.ui.browser.panel import BrowserPanel
from segstudio.ui.counting import PixelCounting
from segstudio.ui.doctor.dialog import DoctorDialog
from segstudio.ui.doctor.session import DoctorSession
from segstudio.ui.editing import EditingSession, OpenSample
from segstudio.ui.jobs import Jobs
from segstudio.ui.learning_session import LearningSession
from segstudio.ui.main_window import MainWindow
from segstudio.ui.places.label import LabelPlace
from segstudio.ui.progress import JobProgress
from segstudio.ui.rail import Place
from segstudio.ui.recovery import StrokeRecovery
from segstudio.ui.remapping import Remapping
from segstudio.ui.reviewing import ReviewSession
from segstudio.ui.scoring import PredictionScoring
from segstudio.ui.settings import Settings, journal_folder
from segstudio.ui.watching import FolderWatch

if TYPE_CHECKING:
    from segstudio.ui.places.review import ReviewPlace
    from segstudio.ui.places.train import TrainPlace  # loads pyqtgraph


class Workspace(QObject):
    """Ties browser, sessions and places together, in the window."""

    def __init__(self, window: MainWindow, jobs: Jobs, settings: Settings) -> None:
        super().__init__(window)
        self._window = window
        self._jobs = jobs
        self._settings = settings
        self.browser = BrowserPanel(jobs)
        self.editing = EditingSession(jobs, journal_folder(), self)
        self.recovery = StrokeRecovery(self.editing, jobs, journal_folder(), self)
        self.learning = LearningSession(jobs, Worker(), self)
        self.counting = PixelCounting(jobs, self, awaited=self._is_awaited)
        self.remapping = Remapping(self.editing, jobs, self)
        self.watch = FolderWatch(self.editing, jobs, self)
        self.doctor = DoctorSession(self.editing, jobs, self, awaited=self._is_awaited)
        self._doctor_dialog: DoctorDialog | None = None
        self.reviewing = ReviewSession(jobs, self)
        self.scoring = PredictionScoring(jobs, self._reviewed_run, self, awaited=self._is_awaited)
        self.ordering = SampleOrdering(self.counting, self.reviewing, self.scoring, jobs, self)
        self._progress = JobProgress(self.learning, self.remapping, self.doctor, window.status)
        self.label: LabelPlace | None = None
        self.train: TrainPlace | None = None
        self.review: ReviewPlace | None = None
        window.set_builders(
            lambda: self.browser,
            {Place.LABEL: self._build_label, Place.TRAIN: self._build_train, Place.REVIEW: self._build_review},
        )
        window.place_entered.connect(self._on_place_entered)
        window.save_requested.connect(self.editing.save)
        self.browser.sample_selected.connect(self.editing.open)
        self.editing.dataset_changed.connect(self.browser.set_dataset)
        self.editing.files_changed.connect(self._on_files_changed)
        self.editing.sample_opened.connect(self._on_sample_opened)
        self.editing.sample_saved.connect(self.browser.update_sample)
        self.editing.unsaved_changed.connect(self.browser.set_unsaved)
        self.editing.save_state_changed.connect(window.status.set_saved)
        self.editing.dataset_changed.connect(self.counting.set_dataset)
        self.editing.sample_saved.connect(self.counting.update)
        self.counting.coverage_changed.connect(self.browser.set_coverage)
        self.remapping.ended.connect(self._say)
        self.doctor.changed.connect(self._show_problems)
        self.doctor.samples_changed.connect(self._on_samples_mended)
        self.doctor.ended.connect(self._say)
        self.browser.problems_requested.connect(self.show_doctor)
        window.check_requested.connect(self.show_doctor)
        self._wire_reviews()
        self.editing.message_raised.connect(self._say_for_long)
        self.watch.failed.connect(self._say_for_long)
        self.recovery.message_raised.connect(self._say_for_long)
        self.learning.training_failed.connect(self._say)
        self.learning.prediction_failed.connect(self._say)

    def set_dataset(self, dataset: Dataset) -> None:
        """Show another dataset. Whoever calls this has asked `save_all` first."""
        # Nothing stays chosen, so that the first picture is opened even where the same folder is opened again.
        self.browser.set_dataset(None)
        self.reviewing.set_dataset(dataset)
        self.recovery.close()  # while the session still knows what of it is saved
        self.editing.set_dataset(dataset)
        self.recovery.look(dataset)
        self.learning.set_dataset(dataset)
        self._window.show_dataset(dataset.name)
        self.doctor.check()
        self.browser.select_first()

    def show_doctor(self) -> DoctorDialog:
        """Show all that is wrong with the dataset, in a window of its own."""
        if self._doctor_dialog is None:
            self._doctor_dialog = DoctorDialog(self.doctor, self._window)
            self._doctor_dialog.sample_chosen.connect(self._on_sample_with_problem_chosen)
        self._doctor_dialog.show()
        self._doctor_dialog.raise_()
        return self._doctor_dialog

    def save_all(self) -> bool:
        """Write every unsaved mask; where that fails, ask. Return whether the person wants to go on."""
        while failures := self.editing.flush() | self.reviewing.flush() | self._unsaved_notes():
            box = QMessageBox(
                QMessageBox.Icon.Warning,
                "Not everything could be saved",
                f"{len(failures)} files are not on the disk yet:\n\n" + "\n".join(list(failures.values())[:5]),
                parent=self._window,
            )
            retry = box.addButton("Try again", QMessageBox.ButtonRole.AcceptRole)
            discard = box.addButton("Go on without saving", QMessageBox.ButtonRole.DestructiveRole)
            box.setEscapeButton(box.addButton("Stay here", QMessageBox.ButtonRole.RejectRole))
            box.setDefaultButton(retry)
            box.exec()
            if box.clickedButton() is discard:
                return True
            if box.clickedButton() is not retry:
                return False
        return True

    def _unsaved_notes(self) -> dict[str, str]:
        """Write the notes of runs; return why that failed, by file."""
        failures = {} if self.train is None else self.train.panel.flush()
        return {str(path): reason for path, reason in failures.items()}

    def may_close(self) -> bool:
        """Save everything and ask about a run under way; return whether the window may close."""
        if not self.save_all():
            return False
        if not self.learning.is_training:
            return True
        answer = QMessageBox.question(
            self._window,
            "A model is being trained",
            "Stop the training and close? The model as it is now stays in its run.",
        )
        return answer == QMessageBox.StandardButton.Yes

    def close(self) -> None:
        """End the training process, the journal of strokes and all threads."""
        self.watch.close()
        self.recovery.close()
        self.editing.close()
        self.browser.close_threads()
        self.learning.close()

    def _wire_reviews(self) -> None:
        """Connect what people say of samples, their order and their splits with the browser."""
        menu, reviewing = self.browser.menu, self.reviewing
        menu.state_chosen.connect(reviewing.set_state)
        menu.tag_chosen.connect(lambda keys, tag, on: reviewing.set_tag(keys, tag, on=on))
        menu.described.connect(reviewing.describe)
        menu.undo_requested.connect(reviewing.undo)
        menu.redo_requested.connect(reviewing.redo)
        reviewing.reviews_changed.connect(self.browser.set_reviews)
        reviewing.tags_changed.connect(self.browser.set_tags)
        reviewing.history_changed.connect(menu.set_titles)
        reviewing.message_raised.connect(self._say)
        self.editing.held_changed.connect(reviewing.set_held)
        self.editing.dataset_changed.connect(self.scoring.set_dataset)
        self.editing.sample_saved.connect(self.scoring.update)
        self.scoring.scores_changed.connect(self.browser.set_scores)
        self.learning.prediction_ended.connect(self.scoring.compare_again)
        self.ordering.message_raised.connect(self._say)
        self.editing.dataset_changed.connect(self.ordering.set_dataset)
        self.browser.order_chosen.connect(self.ordering.set_order)
        self.ordering.ranked.connect(self.browser.set_rank)
        menu.move_chosen.connect(self._move)
        menu.move_undo_requested.connect(lambda: self._move(None, None))
        self.remapping.undoable_move_changed.connect(menu.set_undoable_move)
        self.remapping.renamed.connect(self.browser.rename)
        self.remapping.renamed.connect(reviewing.rename)

    def _move(self, keys: Sequence[str] | None, split: Split | None) -> None:
        """Move samples, or move the last ones back."""
        # Their file is moved along with them, so it must hold what was said by now.
        failures = self.reviewing.flush()
        if self.learning.is_training or self.learning.is_predicting:
            self._say("Nothing was moved: the pictures are just being learned from or predicted. Stop that first.")
        elif self.recovery.pictures:  # they would not find their pictures any more
            self._say("Nothing was moved: bring the lost strokes back first, or discard them.")
        elif failures:
            self._say(f"Nothing was moved. {next(iter(failures.values()))}")
        elif keys is None or split is None:
            self.remapping.undo_move()
        else:
            self.remapping.move(keys, split)

    def _build_label(self) -> LabelPlace:
        self.label = LabelPlace(self.editing, self.browser, self._window.status, self._jobs)
        self.label.offer_recovery(self.recovery)
        self.label.show_counts(self.counting)
        self.label.offer_removal(self.remapping)
        self.label.failed.connect(self._say)
        self.label.panel.message_raised.connect(self._say)
        return self.label

    def _build_train(self) -> "TrainPlace":
        from segstudio.ui.places.train import TrainPlace

        self.learning.warm_up()
        self.train = TrainPlace(
            self.editing,
            self.learning,
            self._settings,
            counting=self.counting,
            jobs=self._jobs,
            status=self._window.status,
        )
        self.train.review_requested.connect(self._on_review_requested)
        return self.train

    def _build_review(self) -> "ReviewPlace":
        from segstudio.ui.places.review import ReviewPlace

        train_action = self._window.rail.actions_by_place[Place.TRAIN]
        self.review = ReviewPlace(self.editing, self.learning, self._jobs, train_action)
        self.review.failed.connect(self._say)
        self.review.panel.run_chosen.connect(lambda _run: self.scoring.compare_again())
        return self.review

    def _reviewed_run(self) -> str | None:
        """Return the name of the run that is chosen in Review, if that was visited."""
        run = None if self.review is None else self.review.panel.chosen_run
        return None if run is None else run.name

    def _on_place_entered(self, place: Place) -> None:
        if place is not Place.LABEL:
            self._window.status.set_painter(None)
        if place is Place.REVIEW and self.review is not None:
            self.review.enter()
            self.scoring.want()

    def _on_review_requested(self, run: Path) -> None:
        self._window.go_to(Place.REVIEW)
        if self.review is not None:
            self.review.choose_run(run)
            self.scoring.compare_again()

    def _on_sample_opened(self, opened: OpenSample) -> None:
        if opened.problem:
            self._say(opened.problem)

    def _is_awaited(self) -> bool:
        """Say whether a person waits for a picture or for thumbnails; asked in the threads that read other files."""
        return self.browser.thumbnails_awaited or self.editing.is_reading

    def _on_files_changed(self, dataset: Dataset) -> None:
        self.browser.set_dataset(dataset)
        self.counting.set_dataset(dataset)
        self.scoring.set_dataset(dataset)
        self.doctor.take_listing(dataset)

    def _on_sample_with_problem_chosen(self, key: str) -> None:
        if self._window.place is Place.TRAIN:
            self._window.go_to(Place.LABEL)  # there the canvas is
        self.browser.select(key)

    def _show_problems(self) -> None:
        """Show in the browser what is more than good to know."""
        self.browser.set_problems([each for each in self.doctor.problems if each.severity is not Severity.INFO])

    def _on_samples_mended(self, samples: Sequence[Sample]) -> None:
        for sample in samples:
            self.browser.update_sample(sample)

    def _say(self, text: str) -> None:
        self._window.status.show_message(text)

    def _say_for_long(self, text: str) -> None:
        """Say what concerns the person's work: whoever is painting does not look down at once."""
        self._window.status.show_message(text, 30, stays=True)

"""The run under way, as its events tell it."""

from pathlib import Path

from segstudio.dataset.classes import ClassList
from segstudio.learning.config import TrainingConfig
from segstudio.learning.curves import Curves
from segstudio.learning.events import Event, RunEnded
from segstudio.ui.training.shown_run import ShownRun


class LiveRun:
    """Gathers the curves of the run under way; one that goes on is joined with what its folder tells.

    Attributes:
        shown: the run as it is shown.
        is_under_way: whether more is to come.
    """

    def __init__(self, config: TrainingConfig, classes: ClassList) -> None:
        self.shown = ShownRun(config.run or config.model_name, config, classes, Curves())
        self.is_under_way = True
        self._meanwhile: list[Event] | None = None

    @property
    def folder(self) -> Path | None:
        """Where it is; None before it has begun."""
        return self.shown.folder

    @property
    def awaits_history(self) -> bool:
        """Whether what came before is still to be read."""
        return self._meanwhile is not None

    def take_settings(self, config: TrainingConfig, classes: ClassList) -> None:
        """Take what its folder says it was asked for: classes may have been found in the masks."""
        known = self.shown
        if (known.config, known.classes) != (config, classes):
            self.shown = ShownRun(known.name, config, classes, known.curves, known.folder)

    def begin(self, folder: Path, *, goes_on: bool) -> None:
        """Take its folder; if it goes on, keep what comes until `join`."""
        known = self.shown
        self.shown = ShownRun(folder.name, known.config, known.classes, known.curves, folder)
        self._meanwhile = [] if goes_on else None

    def add(self, event: Event) -> bool:
        """Take in what one event tells; return whether a curve has grown."""
        if isinstance(event, RunEnded):
            self.is_under_way = False
        if self._meanwhile is not None:
            self._meanwhile.append(event)
        return self.shown.curves.add(event)

    def join(self, curves: Curves) -> None:
        """Take what the folder told of the time before; what came while it was read is put behind it."""
        if self._meanwhile is None:
            return
        # Not the one that says where it goes on: the file may tell of more.
        for event in self._meanwhile[1:]:
            if not curves.is_known(event):
                curves.add(event)
        self._meanwhile = None
        known = self.shown
        self.shown = ShownRun(known.name, known.config, known.classes, curves, known.folder)

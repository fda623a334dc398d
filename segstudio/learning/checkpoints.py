"""What a run keeps of its model: the last state, the best one, and the best in the form in which it is used."""

import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from segstudio.learning.models.build import with_probabilities
from segstudio.learning.recording import save_model
from segstudio.learning.runs import MODEL_FILE

_SECONDS_BETWEEN_WRITES = 10.0


class Checkpoints:
    """Writes ``checkpoints/last.keras``, ``checkpoints/best.keras`` and ``model.keras`` of a run.

    Between epochs not more often than every ten seconds, since tiny epochs are common; a best state of the meantime is
    kept in memory.

    Args:
        folder: the run's folder.
        model: from pictures to logits, compiled with its optimizer, whose state is saved along.
    """

    def __init__(self, folder: Path, model: keras.Model) -> None:
        self._folder = folder
        self._model = model
        self._unwritten_best: list[npt.NDArray[Any]] | None = None
        self._written = -np.inf

    @property
    def has_model(self) -> bool:
        """Whether there is a model to use on the disk."""
        return (self._folder / MODEL_FILE).is_file()

    def epoch_ended(self, *, best: bool) -> None:
        """Keep what an epoch brought.

        Raises:
            OSError: the disk is full, read-only or gone.
        """
        if time.monotonic() - self._written < _SECONDS_BETWEEN_WRITES:
            if best:
                self._unwritten_best = self._state()
            return
        if best:
            self._unwritten_best = None
            self._write_best()
        self.write_last()

    def write_last(self) -> None:
        """Write the present state, and the best one if it is in memory only.

        Raises:
            OSError: the disk is full, read-only or gone.
        """
        save_model(self._model, self._folder / "checkpoints" / "last.keras")
        if self._unwritten_best is not None:
            present = self._state()
            self.rescue_best()
            self._restore(present)
        self._written = time.monotonic()

    def write_present_as_best(self) -> None:
        """Write the present state as the last and the best: the model so far is better than none.

        Raises:
            OSError: the disk is full, read-only or gone.
        """
        self._unwritten_best = None
        self._write_best()
        self.write_last()

    def rescue_best(self) -> None:
        """Write the best state if it is in memory only; the model itself then has that state.

        Raises:
            OSError: the disk is full, read-only or gone.
        """
        if self._unwritten_best is not None:
            self._restore(self._unwritten_best)
            self._write_best()
            self._unwritten_best = None

    def _write_best(self) -> None:
        # The model to use first: it is the smaller by far where the disk is nearly full.
        save_model(with_probabilities(self._model), self._folder / MODEL_FILE)
        save_model(self._model, self._folder / "checkpoints" / "best.keras")

    def _state(self) -> list[npt.NDArray[Any]]:
        return [np.array(variable) for variable in self._variables()]

    def _restore(self, state: list[npt.NDArray[Any]]) -> None:
        for variable, value in zip(self._variables(), state, strict=True):
            variable.assign(value)

    def _variables(self) -> list[Any]:
        return [*self._model.variables, *self._model.optimizer.variables]

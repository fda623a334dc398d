"""What a run keeps of its model: the state to go on from, the best one, and the best as it is used."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import keras
import numpy as np
import numpy.typing as npt

from segstudio.errors import SegstudioError
from segstudio.learning.recording import save_model, write_json
from segstudio.learning.run_state import RunState
from segstudio.learning.runs import MODEL_FILE, STATE_FILE

_SECONDS_BETWEEN_WRITES = 10.0
_SECONDS_BETWEEN_WRITES_WITHIN_EPOCHS = 300.0
_FOLDER = "checkpoints"


class CheckpointError(SegstudioError):
    """The state of a run cannot be read."""


def has_arrays(folder: Path) -> bool:
    """Return whether a run's last checkpoint holds weights: not where it is that of the very beginning."""
    try:
        return json.loads((folder / STATE_FILE).read_bytes())["arrays"] is not None
    except (OSError, ValueError, KeyError, TypeError):
        return False


class Checkpoints:
    """Writes ``checkpoints/`` and ``model.keras`` of a run.

    ``state.json`` with the file of arrays that it names is all that is needed to go on; ``best.keras`` and, at the
    run's end, ``last.keras`` hold the same of the model and its optimizer in Keras' own form. Between epochs nothing is
    written more often than every ten seconds, since tiny epochs are common, and within epochs not more often than every
    five minutes; a best model of the meantime is kept in memory.

    Args:
        folder: the run's folder.
        model: from pictures to logits, compiled with its optimizer, whose state is saved along.
        for_use: turns the model into the one that is used: with probabilities, in full precision.
    """

    def __init__(self, folder: Path, model: keras.Model, for_use: Callable[[keras.Model], keras.Model]) -> None:
        self._folder = folder
        self._model = model
        self._for_use = for_use
        self._unwritten_best: list[npt.NDArray[Any]] | None = None
        self._written = -np.inf
        self._begun = time.monotonic()

    @property
    def has_model(self) -> bool:
        """Whether there is a model to use on the disk."""
        return (self._folder / MODEL_FILE).is_file()

    def write_beginning(self) -> None:
        """Say that the run can be begun anew: whoever goes on from here has the model as it was built.

        Raises:
            OSError: the disk is full, read-only or gone.
        """
        write_json(self._folder / STATE_FILE, {"arrays": None, **RunState().to_json()})

    def keep_best(self) -> None:
        """Keep the present model as the best: before anybody is told that it is.

        Raises:
            OSError: the disk is full, read-only or gone.
        """
        if self._is_time:
            self._unwritten_best = None
            self._write_best()
        else:
            self._unwritten_best = self._arrays()

    def epoch_ended(self, state: RunState) -> None:
        """Keep where a run stands after an epoch: after that epoch was written down, which is not done twice.

        Raises:
            OSError: the disk is full, read-only or gone.
        """
        if self._is_time:
            self.write(state)

    def batch_ended(self, state: Callable[[], RunState]) -> None:
        """Keep what there is if it is long since anything was kept.

        Raises:
            OSError: the disk is full, read-only or gone.
        """
        if time.monotonic() - max(self._written, self._begun) >= _SECONDS_BETWEEN_WRITES_WITHIN_EPOCHS:
            self.write(state())

    def write(self, state: RunState) -> None:
        """Write the best model if it is in memory only, and the present state.

        In this order: whoever goes on from a state finds a best model that is at least as new.

        Raises:
            OSError: the disk is full, read-only or gone.
        """
        self._write_unwritten_best()
        arrays = self._folder / _FOLDER / f"state-{state.step}.npz"
        self._write_arrays(arrays)
        write_json(self._folder / STATE_FILE, {"arrays": arrays.name, **state.to_json()})
        for other in arrays.parent.glob("state-*.npz"):
            if other != arrays:
                other.unlink(missing_ok=True)
        self._written = time.monotonic()

    def write_last(self) -> None:
        """Write the present model with its optimizer in Keras' own form, and as the best too if there is none.

        Raises:
            OSError: the disk is full, read-only or gone.
        """
        self._write_unwritten_best()
        if not self.has_model:
            self._write_best()
        save_model(self._model, self._folder / _FOLDER / "last.keras")

    def rescue_best(self) -> None:
        """Write the best model if it is in memory only; the model itself then has that state.

        Raises:
            OSError: the disk is full, read-only or gone.
        """
        if self._unwritten_best is not None:
            self._restore(self._unwritten_best)
            self._write_best()
            self._unwritten_best = None

    def read(self) -> RunState:
        """Take the model and its optimizer back to the last state that was written, and return that.

        Raises:
            CheckpointError: it is damaged, or of another model.
        """
        path = self._folder / STATE_FILE
        try:
            data = json.loads(path.read_bytes())
            if data["arrays"] is not None:
                with (path.parent / data["arrays"]).open("rb") as file, np.load(file) as kept:
                    self._restore([kept[str(number)] for number in range(len(kept.files))])
            return RunState.from_json(data)
        except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
            raise CheckpointError(
                f"The state in {path.parent} cannot be read, so this run cannot go on: {error}. "
                "Train again, starting from its model."
            ) from error

    @property
    def _is_time(self) -> bool:
        return time.monotonic() - self._written >= _SECONDS_BETWEEN_WRITES

    def _write_unwritten_best(self) -> None:
        if self._unwritten_best is not None:
            present = self._arrays()
            self.rescue_best()
            self._restore(present)

    def _write_best(self) -> None:
        # The model to use first: it is the smaller by far where the disk is nearly full.
        save_model(self._for_use(self._model), self._folder / MODEL_FILE)
        save_model(self._model, self._folder / _FOLDER / "best.keras")

    def _write_arrays(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.stem}.tmp")
        try:
            with temporary.open("wb") as file:
                arrays: dict[str, Any] = {str(number): array for number, array in enumerate(self._arrays())}
                np.savez(file, **arrays)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)

    def _arrays(self) -> list[npt.NDArray[Any]]:
        return [np.array(variable) for variable in self._variables()]

    def _restore(self, arrays: list[npt.NDArray[Any]]) -> None:
        for variable, value in zip(self._variables(), arrays, strict=True):
            variable.assign(value)

    def _variables(self) -> list[Any]:
        return [*self._model.variables, *self._model.optimizer.variables]

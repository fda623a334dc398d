"""Run folders as wholes: copied in from elsewhere, renamed. No Keras."""

import itertools
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from segstudio.learning.config import TrainingConfig
from segstudio.learning.runs import RunError, read_settings


class _StoppedError(Exception):
    """The copying was asked to end."""


def import_run(source: Path, runs: Path, *, should_stop: Callable[[], bool] = lambda: False) -> Path | None:
    """Copy a run folder, of this or another machine, among the runs of a dataset.

    The copy appears whole or not at all, under the folder's name or the next free ``<name>-<number>``.

    Returns:
        The new folder; None where it was stopped before it was copied. A run that lies there already is returned
        as it is.

    Raises:
        RunError: it is no run folder, or it cannot be copied.
    """
    source = source.resolve()
    read_settings(source)
    if source.parent == runs.resolve():
        return runs / source.name
    if runs.resolve().is_relative_to(source):
        raise RunError(f"{source} holds the runs of this dataset. Choose the folder of one run.")
    partial = runs / f".{source.name}-{os.getpid()}"

    def copy(from_path: str, to_path: str) -> str:
        if should_stop():
            raise _StoppedError
        return shutil.copy2(from_path, to_path)

    try:
        runs.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, partial, copy_function=copy)
        return _take_free_name(partial, runs, source.name)
    except _StoppedError:
        return None
    except (OSError, shutil.Error) as error:
        raise RunError(f"{source} could not be copied to {runs}: {_reason(error)}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def rename_run(folder: Path, name: str, *, predictions: Path | None = None) -> Path:
    """Give a run, and the predictions made with it, another name.

    Args:
        folder: the run's.
        name: the new one.
        predictions: the folder that holds a folder for the predictions of each run.

    Returns:
        The run's new folder.

    Raises:
        ConfigError: it cannot be the name of a run.
        RunError: the name is taken, or the disk does not allow it.
    """
    if not name:
        raise RunError("A run needs a name.")
    TrainingConfig(dataset=folder, run=name)  # refuses what is no name of a run
    moves = [(folder, folder.with_name(name))]
    if predictions is not None and (predictions / folder.name).is_dir():
        moves.append((predictions / folder.name, predictions / name))
    for _old, new in moves:
        if new.exists() and not new.samefile(_old):
            raise RunError(f"There is already a folder {new}. Choose another name.")
    try:
        for old, new in moves:
            old.rename(new)
    except OSError as error:
        raise RunError(f"{old} could not be renamed: {error.strerror or error}.") from error
    return folder.with_name(name)


def _take_free_name(partial: Path, runs: Path, name: str) -> Path:
    for number in itertools.count(1):
        target = runs / (name if number == 1 else f"{name}-{number}")
        if not target.exists():
            partial.rename(target)
            return target
    raise AssertionError("count() never ends")


def _reason(error: OSError) -> str:
    if isinstance(error, shutil.Error) and error.args and isinstance(error.args[0], list):
        return str(error.args[0][0][-1])
    return error.strerror or str(error)

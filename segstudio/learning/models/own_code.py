"""Runs the Python file of a person's model, and tells its errors with file and line."""

import contextlib
import inspect
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from segstudio.learning.models.build import ModelError

MODULE = "segstudio_own_model"


class OwnModelError(ModelError):
    """A model that a person wrote cannot be used; the message says where and why."""


def load_module(model_file: Path) -> ModuleType:
    """Run a Python file and return it as a module, compiled anew each time.

    Its folder can be imported from meanwhile; the modules from there are forgotten again, so that two files may have
    neighbours of one name. Nothing is written into the folder.

    Raises:
        OwnModelError: the file cannot be read, or its code fails.
    """
    try:
        source = model_file.read_bytes()
    except OSError as error:
        raise OwnModelError(f"{model_file} cannot be read: {error.strerror or error}. Choose another file.") from error
    module = ModuleType(MODULE)
    module.__file__ = str(model_file)
    with _telling(model_file), _importable(model_file.parent):
        # Dataclasses and Keras look a module up by its name while it runs.
        sys.modules[MODULE] = module
        try:
            exec(compile(source, str(model_file), "exec"), vars(module))  # the person's own file, chosen by the person
        finally:
            sys.modules.pop(MODULE, None)
    return module


def run_build(module: ModuleType, model_file: Path, n_classes: int, input_shape: tuple[int, int, int]) -> Any:
    """Call ``build(n_classes, input_shape)`` of a module and return what it returns.

    Raises:
        OwnModelError: there is no such function, it wants other arguments, or its code fails.
    """
    build = getattr(module, "build", None)
    if not callable(build):
        raise OwnModelError(f"{model_file.name} has no function build. Write: def build(n_classes, input_shape)")
    try:
        inspect.signature(build).bind(n_classes, input_shape)
    except TypeError as error:
        raise OwnModelError(
            f"{model_file.name}: build cannot be called with two arguments ({error}). "
            "Write: def build(n_classes, input_shape)"
        ) from error
    with _telling(model_file), _importable(model_file.parent):
        return build(n_classes, input_shape)


@contextlib.contextmanager
def _telling(model_file: Path) -> Iterator[None]:
    """Turn an error of the code into one message with the line of the person's code that was the last to run."""
    try:
        yield
    except SyntaxError as error:
        place = _place(Path(error.filename or model_file).name, error.lineno)
        raise OwnModelError(f"{place}: {error.msg}.") from error
    except (Exception, SystemExit) as error:  # whatever a person's code may raise
        folder = model_file.resolve().parent
        own = [
            frame
            for frame in traceback.extract_tb(error.__traceback__)
            if Path(frame.filename).resolve().parent == folder
        ]
        place = _place(Path(own[-1].filename).name, own[-1].lineno) if own else model_file.name
        lines = str(error).strip().splitlines() or ["no more is known"]
        raise OwnModelError(f"{place}: {type(error).__name__}: {lines[0]}") from error


def _place(name: str, line: int | None) -> str:
    return f"{name}, line {line}" if line else name


@contextlib.contextmanager
def _importable(folder: Path) -> Iterator[None]:
    before, wrote = set(sys.modules), sys.dont_write_bytecode
    place = str(folder.resolve())
    sys.path.insert(0, place)
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = wrote
        with contextlib.suppress(ValueError):
            sys.path.remove(place)
        for name in set(sys.modules) - before:
            if _lies_in(sys.modules[name], place):
                del sys.modules[name]


def _lies_in(module: ModuleType | None, folder: str) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and Path(file).resolve().is_relative_to(folder)

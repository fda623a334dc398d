"""What a backbone begins with: chance, ImageNet through keras.applications' own loader, or a file."""

import contextlib
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from segstudio.errors import SegstudioError
from segstudio.learning.catalog import IMAGENET, UNPRETRAINED

_NOT_FETCHED = re.compile(r"URL fetch failure on (\S+): (.*)", re.DOTALL)


class WeightsError(SegstudioError):
    """Pretrained weights cannot be had, or do not fit."""


def build_with_weights(
    build: Callable[..., Any], shape: tuple[int | None, int | None, int], *, title: str, weights: str
) -> keras.Model:
    """Build a backbone of keras.applications without its top.

    Args:
        build: the function of keras.applications.
        shape: (height, width, channels) of its pictures. With other than 3 channels all weights are taken over but the
            first layer's, which starts anew.
        title: the backbone's name for people.
        weights: ``none``, ``imagenet`` or the path of a file of the backbone's weights.

    Raises:
        WeightsError: there is no network, no such file, or it does not fit.
    """
    if weights == UNPRETRAINED:
        return _built(build, shape, None)
    if weights != IMAGENET and not Path(weights).is_file():
        raise WeightsError(f"There is no weight file {weights}. Choose another file, or train without one.")
    if shape[2] == 3:
        return _loaded(build, shape, title=title, weights=weights)
    trained = _loaded(build, (*shape[:2], 3), title=title, weights=weights)
    model = _built(build, shape, None)
    for own, other in zip(model.weights, trained.weights, strict=True):
        if own.shape == other.shape:
            own.assign(other)
    return model


def weights_folder() -> Path:
    """Return the folder in which keras.applications keeps and looks for weight files."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser()
    if not os.access(home, os.W_OK):
        home = Path("/tmp" if Path("/tmp").is_dir() else tempfile.gettempdir()) / ".keras"  # as Keras does
    return home / "models"


def _loaded(build: Callable[..., Any], shape: Any, *, title: str, weights: str) -> keras.Model:
    try:
        return _built(build, shape, weights)
    except (ValueError, OSError, KeyError) as error:
        source = "fetched" if weights == IMAGENET else weights
        raise WeightsError(
            f"The weights for {title} ({source}) do not fit it or are damaged: {error}. "
            f"{_remedy(weights)}, or train without pretrained weights."
        ) from error
    except Exception as error:
        # Keras raises the bare class where a file could not be fetched.
        failure = _NOT_FETCHED.match(str(error))
        if failure is None:
            raise
        address, reason = failure.groups()
        raise WeightsError(
            f"The ImageNet weights of {title} could not be fetched ({reason.strip(' -')}). Without a network: fetch "
            f"{address} elsewhere and put the file into {weights_folder()}, or train without pretrained weights."
        ) from error


def _remedy(weights: str) -> str:
    return f"Delete the file in {weights_folder()}" if weights == IMAGENET else "Choose another file"


def _built(build: Callable[..., Any], shape: Any, weights: str | None) -> keras.Model:
    # Keras prints the progress of a download; stdout is for answers.
    with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):
        # That pictures are of any size, or of other than three channels, is meant so here.
        warnings.simplefilter("ignore", UserWarning)
        return build(include_top=False, weights=weights, input_shape=shape)

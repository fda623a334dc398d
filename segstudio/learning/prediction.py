"""Predictions: masks that a model makes, at the picture's own size."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from segstudio.dataset.images import ImageArray, read_image
from segstudio.dataset.masks import MaskArray, write_mask
from segstudio.dataset.overlay import blend, write_picture
from segstudio.errors import SegstudioError
from segstudio.learning.events import Emit, Progress, ShouldStop
from segstudio.learning.models.build import ModelError
from segstudio.learning.models.own import load_run_model, takes_any_size
from segstudio.learning.resizing import most_probable, resize_image
from segstudio.learning.runs import Run, open_run
from segstudio.learning.targets import TargetCoding
from segstudio.learning.windows import predict_by_windows

_OVERLAY_OPACITY = 0.5
_LISTED_FAILURES = 5
_LARGE_WINDOW = 512


class PredictionError(SegstudioError):
    """Pictures could not be predicted."""


class Predictor:
    """The model of a run, loaded once.

    Args:
        run_folder: the run's folder.

    Raises:
        RunError: it is no run folder.
        PredictionError: the run has no model, or it cannot be loaded.
    """

    def __init__(self, run_folder: Path) -> None:
        self.run: Run = open_run(run_folder)
        if not self.run.has_model:
            raise PredictionError(
                f"The run {self.run.name} has no model: it ended before its first batch. Train again."
            )
        try:
            model = load_run_model(self.run)
        except ModelError as error:
            raise PredictionError(str(error)) from error
        self._answer = tf.function(lambda pictures: model(pictures, training=False), reduce_retracing=True)
        self._coding = TargetCoding(self.run.classes)
        # With more of the picture in sight than in training, where the model allows it.
        size = self.run.config.input_size
        self._window = (max(size[0], _LARGE_WINDOW), max(size[1], _LARGE_WINDOW)) if takes_any_size(model) else size

    def predict(self, image: ImageArray) -> MaskArray:
        """Return the prediction for a picture.

        Args:
            image: (height, width, 3) uint8 RGB, any size.

        Returns:
            (height, width) of class ids. A model that learned from whole pictures gets this one at its input size, and
            the probabilities are resized back bilinearly, with pixel centres aligned (R36); one that learned from crops
            sees it window by window, as it is.
        """
        return self._coding.decode(self.indices(image))

    def indices(self, image: ImageArray) -> npt.NDArray[np.uint8]:
        """Return (height, width) uint8 at the picture's own size: positions in `ClassList.counted`."""
        if self.run.config.fit == "crop":
            return predict_by_windows(image, self._window, lambda window: self._probabilities(window).argmax(axis=-1))
        small = resize_image(image, self.run.config.input_size)
        return most_probable(self._probabilities(small), image.shape[:2])

    def _probabilities(self, picture: ImageArray) -> npt.NDArray[np.float32]:
        answer = self._answer(tf.constant(picture[None], dtype=tf.float32))
        return np.asarray(answer.numpy()[0])


def predict_images(
    run_folder: Path,
    images: Sequence[Path],
    output: Path,
    *,
    overlays: Path | None = None,
    emit: Emit,
    should_stop: ShouldStop,
) -> list[Path]:
    """Predict pictures into a folder: one id PNG each, under the picture's stem.

    Args:
        run_folder: the run whose model is used.
        images: the pictures' files.
        output: the folder of the predictions.
        overlays: a folder for pictures with the prediction blended over, or None.
        emit: gets `Progress` after each picture.
        should_stop: asked after each picture.

    Returns:
        The files written, in the order of ``images``.

    Raises:
        PredictionError: nothing was made, since two predictions would have one name or a picture would be overwritten;
            the folder cannot be written to; or some pictures could not be read, which does not keep the others from
            being predicted.
        SegstudioError: the run cannot be used.
    """
    _refuse_clashes(images, [output] if overlays is None else [output, overlays])
    emit(Progress(0, len(images), "loading the model"))
    predictor = Predictor(run_folder)
    written: list[Path] = []
    failures: list[str] = []
    for done, path in enumerate(images, start=1):
        if should_stop():
            break
        try:
            image = read_image(path)
        except SegstudioError as error:
            failures.append(str(error))
        else:
            written.append(_write(predictor, image, output / f"{path.stem}.png", overlays))
        emit(Progress(done, len(images), path.name))
    if failures:
        more = f" and {len(failures) - _LISTED_FAILURES} more" if len(failures) > _LISTED_FAILURES else ""
        raise PredictionError(
            f"{len(failures)} of {len(images)} pictures could not be predicted: "
            + "; ".join(failures[:_LISTED_FAILURES])
            + more
        )
    return written


def _write(predictor: Predictor, image: ImageArray, target: Path, overlays: Path | None) -> Path:
    mask = predictor.predict(image)
    try:
        write_mask(target, mask)
        if overlays is not None:
            write_picture(overlays / target.name, blend(image, mask, predictor.run.classes, _OVERLAY_OPACITY))
    except OSError as error:
        raise PredictionError(
            f"The prediction {target} could not be written: {error.strerror or error}. "
            "Free some space, or choose another folder."
        ) from error
    return target


def _refuse_clashes(images: Sequence[Path], folders: Sequence[Path]) -> None:
    stem, count = next(iter(Counter(path.stem for path in images).most_common(1)), ("", 0))
    if count > 1:
        raise PredictionError(
            f"{count} of the pictures are named “{stem}” and would overwrite each other’s prediction. "
            "Predict them into different folders."
        )
    for path in images:
        if any((folder / f"{path.stem}.png").resolve() == path.resolve() for folder in folders):
            raise PredictionError(f"The prediction would overwrite the picture {path}. Choose another output folder.")

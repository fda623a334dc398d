"""Predictions: masks that a model makes, at the picture's own size."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import cv2
import keras
import numpy as np
import numpy.typing as npt

from segstudio.dataset.images import ImageArray, read_image
from segstudio.dataset.masks import MaskArray, write_mask
from segstudio.errors import SegstudioError
from segstudio.learning.events import Emit, Progress, ShouldStop
from segstudio.learning.models import layers as _layers  # noqa: F401 - registers the layers that models load by name
from segstudio.learning.pipeline import resize_image
from segstudio.learning.runs import Run, open_run
from segstudio.learning.targets import TargetCoding


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
            self._model = keras.saving.load_model(self.run.model, compile=False)
        except (OSError, ValueError, TypeError) as error:
            raise PredictionError(f"{self.run.model} cannot be loaded: {error}") from error
        self._coding = TargetCoding(self.run.classes)

    def predict(self, image: ImageArray) -> MaskArray:
        """Return the prediction for a picture.

        Args:
            image: (height, width, 3) uint8 RGB, any size.

        Returns:
            (height, width) of class ids. The picture is resized to the run's input size and the probabilities are
            resized back bilinearly, with pixel centres aligned (R36).
        """
        return self._coding.decode(self.probabilities(image).argmax(axis=-1))

    def probabilities(self, image: ImageArray) -> npt.NDArray[np.float32]:
        """Return (height, width, classes) float32 at the picture's own size; classes as in `ClassList.counted`."""
        small = resize_image(image, self.run.config.input_size)
        answer: npt.NDArray[np.float32] = np.asarray(self._model(small[None].astype(np.float32), training=False))[0]
        if answer.shape[:2] == image.shape[:2]:
            return answer
        size = (image.shape[1], image.shape[0])
        # Channel by channel: OpenCV resizes at most four at once.
        resized = [cv2.resize(answer[..., i], size, interpolation=cv2.INTER_LINEAR) for i in range(answer.shape[-1])]
        return np.stack(resized, axis=-1).astype(np.float32, copy=False)


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
        PredictionError: two pictures share a stem; or some failed, which does not keep the others from being made.
        SegstudioError: the run cannot be used.
    """
    _refuse_clashes(images)
    emit(Progress(0, len(images), "loading the model"))
    predictor = Predictor(run_folder)
    written: list[Path] = []
    failures: list[str] = []
    for done, path in enumerate(images, start=1):
        if should_stop():
            break
        try:
            written.append(_predict_one(predictor, path, output, overlays))
        except (SegstudioError, OSError) as error:
            failures.append(str(error))
        emit(Progress(done, len(images), path.name))
    if failures:
        raise PredictionError(
            f"{len(failures)} of {len(images)} pictures could not be predicted: " + "; ".join(failures[:5])
        )
    return written


def _predict_one(predictor: Predictor, path: Path, output: Path, overlays: Path | None) -> Path:
    from segstudio.dataset.overlay import blend, write_picture

    image = read_image(path)
    mask = predictor.predict(image)
    target = output / f"{path.stem}.png"
    write_mask(target, mask)
    if overlays is not None:
        write_picture(overlays / f"{path.stem}.png", blend(image, mask, predictor.run.classes, 0.5))
    return target


def _refuse_clashes(images: Sequence[Path]) -> None:
    stem, count = next(iter(Counter(path.stem for path in images).most_common(1)), ("", 0))
    if count > 1:
        raise PredictionError(
            f"{count} of the pictures are named “{stem}” and would overwrite each other’s prediction. "
            "Predict them into different folders."
        )

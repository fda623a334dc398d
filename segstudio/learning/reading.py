"""Every picture and mask of a run is read once before it trains: what is wrong shows at once, not in its middle."""

import time
from collections.abc import Callable

from segstudio.dataset.dataset import Sample
from segstudio.errors import SegstudioError
from segstudio.learning.division import DataError
from segstudio.learning.events import ShouldStop
from segstudio.learning.pipeline import SampleReader
from segstudio.learning.targets import TargetCoding

_SECONDS_BETWEEN_NOTES = 0.5


def read_all(
    train: SampleReader, val: SampleReader, *, tell: Callable[[str], None], should_stop: ShouldStop
) -> list[bytes]:
    """Read the samples of a run; return their digests, train before val.

    Args:
        train: samples of `frozen_data.freeze_masks`, as those of val.
        val: those that are measured on.
        tell: is told from time to time how far it is.
        should_stop: once it says True the rest is left out.

    Raises:
        SegstudioError: a file cannot be read, sizes differ, or a mask holds an unknown id; the message names the
            dataset's own file.
    """
    total = len(train) + len(val)
    noted = time.monotonic()
    digests: list[bytes] = []
    for reader in (train, val):
        before = len(digests)

        def progress(done: int, before: int = before) -> None:
            nonlocal noted
            if time.monotonic() - noted > _SECONDS_BETWEEN_NOTES:
                noted = time.monotonic()
                tell(f"reading the pictures, {before + done} of {total}")

        try:
            digests += reader.read_all(progress=progress, should_stop=should_stop)
        except SegstudioError as error:
            raise DataError(_with_own_names(str(error), (*train.samples, *val.samples))) from error
    return digests


def refuse_one_class(train: SampleReader, coding: TargetCoding) -> None:
    """Refuse masks in which there is nothing to tell apart.

    Raises:
        DataError: one class occurs, or none.
    """
    seen = train.seen
    if not seen:
        raise DataError("Every pixel of the masks in train is ignored. Paint at least two classes.")
    if len(seen) == 1:
        raise DataError(
            f"The masks in train hold one class only, “{coding.classes.counted[seen[0]].name}”, so there is nothing "
            "to tell apart. Paint at least two classes."
        )


def _with_own_names(message: str, samples: tuple[Sample, ...]) -> str:
    """Name a mask as it is named in the dataset: the run's copy is nothing that a person could mend."""
    for sample in samples:
        if str(sample.mask) in message:
            return message.replace(str(sample.mask), str(sample.target))
    return message

"""What is wrong with a dataset as a whole: seen only when many of its files are compared."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from segstudio.dataset.colours import hex_colour
from segstudio.dataset.dataset import SPLITS, Dataset, Sample
from segstudio.dataset.doctor.mask_looks import colour_ids
from segstudio.dataset.doctor.picture_hash import nearest
from segstudio.dataset.doctor.samples import ExaminedSample
from segstudio.dataset.formats.mask_pictures import pack
from segstudio.dataset.problems import Problem, Severity

ShouldStop = Callable[[], bool]


def disagreeing_palettes(examined: Sequence[ExaminedSample], dataset: Dataset) -> Iterator[Problem]:
    """Find masks in which an index has another colour than in most: there it means something else (R13)."""
    colours: dict[int, Counter[tuple[int, int, int]]] = defaultdict(Counter)
    for each in examined:
        for index, colour in each.palette.items():
            colours[index][colour] += 1
    usual = {index: counter.most_common(1)[0][0] for index, counter in colours.items()}
    if all(len(counter) == 1 for counter in colours.values()):
        return
    known = colour_ids(dataset.classes)
    for each in examined:
        if each.sample.mask is None or not each.palette:
            continue
        odd = [index for index, colour in each.palette.items() if colour != usual[index]]
        by_colour = all(pack(colour) in known for colour in each.palette.values())
        # Where the colours name classes, they are believed; a mask whose indices agree with them is right.
        right = by_colour and all(known[pack(colour)] == index for index, colour in each.palette.items())
        wrong = by_colour and not right
        if right or not (odd or wrong):
            continue
        index = odd[0] if odd else next(iter(each.palette))
        message = (
            f"In {each.sample.mask.name} index {index} is {hex_colour(each.palette[index])}, in other masks "
            f"{hex_colour(usual[index])}: its palette does not agree with theirs, so its indices are other classes."
        )
        mend = "palette_to_ids" if by_colour else None
        yield Problem("palettes_differ", Severity.ERROR, each.sample.mask, message, each.sample.key, mend)


def missing_classes(examined: Sequence[ExaminedSample], dataset: Dataset) -> Iterator[Problem]:
    """Find classes that no mask holds, or that are absent from a split."""
    held = {
        split: set().union(*(each.counts.keys() for each in examined if each.sample.split == split and each.counts))
        for split in SPLITS
        if any(each.counts is not None for each in examined if each.sample.split == split)
    }
    if not held:
        return
    for entry in dataset.classes.counted:
        holding = [split for split in held if entry.id in held[split]]
        lacking = [split for split in held if entry.id not in held[split]]
        if not holding:
            message = f"No mask holds the class “{entry.name}” ({entry.id}), so it cannot be learned."
            yield Problem("class_unused", Severity.INFO, dataset.root, message)
        elif "train" in lacking:
            message = (
                f"No mask in train holds the class “{entry.name}” ({entry.id}), which {' and '.join(holding)} "
                "ask for. Label it in train, too."
            )
            yield Problem("class_not_in_train", Severity.WARNING, dataset.root, message)
        elif lacking:
            message = (
                f"No mask in {' or '.join(lacking)} holds the class “{entry.name}” ({entry.id}), so nothing is "
                "measured of it there."
            )
            yield Problem("class_not_in_split", Severity.INFO, dataset.root, message)


def unlabelled_pictures(dataset: Dataset) -> Iterator[Problem]:
    """Count the pictures without a mask, all in one."""
    counts = {split: len(dataset.of_split(split)) - len(dataset.labelled(split)) for split in SPLITS}
    total = sum(counts.values())
    if total:
        told = ", ".join(f"{split} {count}" for split, count in counts.items() if count)
        pictures = "One picture has" if total == 1 else f"{total} pictures have"
        yield Problem("unlabelled", Severity.INFO, dataset.root, f"{pictures} no mask ({told}).")


def duplicate_pictures(
    examined: Sequence[ExaminedSample], *, should_stop: ShouldStop = lambda: False
) -> Iterator[Problem]:
    """Find pictures whose files are the same to the byte, and pictures of val and test that look like one of train."""
    twins: set[str] = set()
    for first, again in _same_files(examined, should_stop):
        twins.add(again.key)
        across = first.split != again.split
        message = (
            f"{again.image.name} in {again.split} is the same file as {first.image.name} in {first.split}. "
            + ("What is measured there says too much. " if across else "It counts twice in training. ")
            + "Take one of both out."
        )
        severity = Severity.WARNING if across else Severity.INFO
        yield Problem("duplicate_picture", severity, again.image, message, again.key, others=(first.image,))
    hashes = [(each.sample, each.picture[0]) for each in examined if each.picture is not None]
    known = [(sample, value) for sample, value in hashes if value is not None and sample.key not in twins]
    train = [(sample, value) for sample, value in known if sample.split == "train"]
    others = [(sample, value) for sample, value in known if sample.split != "train"]
    pairs = nearest([value for _, value in others], [value for _, value in train], should_stop=should_stop)
    for position, found, bits in pairs:
        sample, twin = others[position][0], train[found][0]
        message = (
            f"{sample.image.name} in {sample.split} looks like {twin.image.name} in train ({64 - bits} of 64 bits "
            "agree). What was learned by heart is then measured as good: put both into one split."
        )
        yield Problem("near_duplicate", Severity.WARNING, sample.image, message, sample.key, others=(twin.image,))


def _same_files(examined: Sequence[ExaminedSample], should_stop: ShouldStop) -> Iterator[tuple[Sample, Sample]]:
    """Find pairs of files with the same bytes; train comes first, so that val and test are what is told about."""
    alike: dict[tuple[int | None, int], list[Sample]] = defaultdict(list)
    for each in examined:
        if each.picture is not None:
            alike[each.picture].append(each.sample)
    for samples in alike.values():
        first: dict[bytes, Sample] = {}
        for sample in samples if len(samples) > 1 else ():
            if should_stop():
                return
            digest = _digest(sample.image)
            other = first.setdefault(digest, sample) if digest else sample
            if other is not sample:
                yield other, sample


def _digest(path: Path) -> bytes:
    """Return what tells files with other bytes apart; nothing where it cannot be read any more."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return b""

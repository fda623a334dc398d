"""Samples, and the table that holds a hundred thousand of them in little room.

A `Path` costs two microseconds and some hundred bytes, a sample three of them. So the table keeps file names, and makes
a sample when somebody asks for it.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Literal, get_args, overload

from typing_extensions import override

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)


@dataclass(frozen=True, slots=True)
class Sample:
    """An image and its mask, if it has one.

    Attributes:
        split: train, val or test.
        name: the stem that image and mask share.
        image: the picture's file.
        mask: the mask's file, or None while the image is unlabelled.
        target: where the mask is written when it is saved; always a PNG.
    """

    split: Split
    name: str
    image: Path
    mask: Path | None
    target: Path

    @property
    def key(self) -> str:
        """``<split>/<name>``: unique within a dataset."""
        return f"{self.split}/{self.name}"


@dataclass(frozen=True, slots=True)
class SplitTable:
    """The samples of one split, as columns of equal length. Never changed once it is made.

    Attributes:
        split: which one.
        images: the folder of the pictures.
        targets: the folder that masks are written to.
        names: the stems, rising.
        image_files: the picture of each, in ``images``.
        mask_files: the mask of each, in ``targets`` or as a whole path; None where there is none.
    """

    split: Split
    images: Path
    targets: Path
    names: list[str]
    image_files: list[str]
    mask_files: list[str | None]

    def __len__(self) -> int:
        return len(self.names)

    def sample(self, row: int) -> Sample:
        """Make the sample of a row."""
        name, mask = self.names[row], self.mask_files[row]
        return Sample(
            self.split,
            name,
            self.images / self.image_files[row],
            None if mask is None else self.targets / mask,
            self.targets / f"{name}.png",
        )

    def rows(self) -> set[tuple[str, str, str | None]]:
        """Return name, picture and mask of each sample."""
        return set(zip(self.names, self.image_files, self.mask_files, strict=True))

    def with_saved_masks(self, rows: Iterable[int]) -> "SplitTable":
        """Return the table after the masks of some rows were written to their targets."""
        masks = self.mask_files.copy()
        for row in rows:
            masks[row] = f"{self.names[row]}.png"
        return replace(self, mask_files=masks)


class Samples(Sequence[Sample]):
    """The samples of a dataset: train, then val, then test, by name within each. Immutable.

    Whatever goes through all of them in the window's thread asks for keys, names or totals: those are quick.
    """

    def __init__(self, tables: Iterable[SplitTable] = ()) -> None:
        order = {split: position for position, split in enumerate(SPLITS)}
        self._tables = tuple(sorted((table for table in tables if len(table)), key=lambda table: order[table.split]))
        self._starts: list[int] = []
        self._length = 0
        for table in self._tables:
            self._starts.append(self._length)
            self._length += len(table)

    @override
    def __len__(self) -> int:
        return self._length

    @override
    def __iter__(self) -> Iterator[Sample]:
        for table in self._tables:
            for row in range(len(table)):
                yield table.sample(row)

    @overload
    def __getitem__(self, position: int) -> Sample: ...

    @overload
    def __getitem__(self, position: slice) -> tuple[Sample, ...]: ...

    @override
    def __getitem__(self, position: int | slice) -> Sample | tuple[Sample, ...]:
        if isinstance(position, slice):
            return tuple(self[one] for one in range(*position.indices(self._length)))
        table, row = self._at(position)
        return table.sample(row)

    @override
    def __contains__(self, sample: object) -> bool:
        return isinstance(sample, Sample) and self.find(sample.key) == sample

    @override
    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Samples) and self._tables == other._tables)

    @override
    def __hash__(self) -> int:
        return hash(tuple((table.split, len(table)) for table in self._tables))

    def key(self, position: int) -> str:
        """Return the `Sample.key` at a position."""
        table, row = self._at(position)
        return f"{table.split}/{table.names[row]}"

    def has_mask(self, position: int) -> bool:
        """Say whether the sample at a position has a mask."""
        table, row = self._at(position)
        return table.mask_files[row] is not None

    def masked(self) -> list[bool]:
        """Return for each sample whether it has a mask."""
        return [mask is not None for table in self._tables for mask in table.mask_files]

    def find(self, key: str) -> Sample | None:
        """Return the sample with this key, or None."""
        position = self.position(key)
        return None if position is None else self[position]

    def position(self, key: str) -> int | None:
        """Return where the sample with this key stands, or None if there is none."""
        position = self.place(key)
        return position if position < self._length and self.key(position) == key else None

    def place(self, key: str) -> int:
        """Return where the sample with this key stands, or would stand if there were one."""
        split, _slash, name = key.partition("/")
        order = SPLITS.index(split) if split in SPLITS else len(SPLITS)
        for table, start in zip(self._tables, self._starts, strict=True):
            if table.split == split:
                return start + bisect_left(table.names, name)
            if SPLITS.index(table.split) > order:
                return start
        return self._length

    def names(self) -> Iterator[str]:
        """Go through all names."""
        return chain.from_iterable(table.names for table in self._tables)

    def keys(self, *, labelled: bool | None = None) -> Iterator[str]:
        """Go through the keys of all samples, or of those with (True) or without (False) a mask."""
        for table in self._tables:
            for name, mask in zip(table.names, table.mask_files, strict=True):
                if labelled is None or (mask is not None) is labelled:
                    yield f"{table.split}/{name}"

    @property
    def labelled(self) -> "LabelledKeys":
        """The keys of those with a mask."""
        return LabelledKeys(self)

    def changed_since(self, before: "Samples") -> list[str]:
        """Return the keys of the samples that another table does not have, or has with another picture or mask."""
        known = {table.split: table for table in before._tables}  # noqa: SLF001 - one of its own kind
        changed: list[str] = []
        for table in self._tables:
            rows = known[table.split].rows() if table.split in known else set()
            changed.extend(f"{table.split}/{row[0]}" for row in table.rows() - rows)
        return sorted(changed, key=self.place)

    def span(self, split: Split) -> range:
        """Return the positions of the samples of one split."""
        for table, start in zip(self._tables, self._starts, strict=True):
            if table.split == split:
                return range(start, start + len(table))
        return range(0)

    def of_split(self, split: Split, *, labelled: bool = False) -> tuple[Sample, ...]:
        """Return the samples of one split, or those of them that have a mask."""
        return tuple(
            table.sample(row)
            for table in self._tables
            if table.split == split
            for row, mask in enumerate(table.mask_files)
            if not labelled or mask is not None
        )

    def total(self, split: Split | None = None, *, labelled: bool = False) -> int:
        """Return how many samples there are, in all or in one split, or how many of them have a mask."""
        tables = [table for table in self._tables if split in (None, table.split)]
        without = sum(table.mask_files.count(None) for table in tables) if labelled else 0
        return sum(map(len, tables)) - without

    def with_saved_masks(self, keys: Collection[str]) -> "Samples":
        """Return the samples after the masks of some were written to their targets; the same where nothing changes.

        Raises:
            KeyError: there is no such sample.
        """
        moved: dict[str, list[int]] = {}
        for key in keys:
            position = self.position(key)
            if position is None:
                raise KeyError(key)
            table, row = self._at(position)
            if table.mask_files[row] != f"{table.names[row]}.png":
                moved.setdefault(table.split, []).append(row)
        if not moved:
            return self
        return Samples(
            table.with_saved_masks(moved[table.split]) if table.split in moved else table for table in self._tables
        )

    def _at(self, position: int) -> tuple[SplitTable, int]:
        if position < 0:
            position += self._length
        if not 0 <= position < self._length:
            raise IndexError(position)
        for table, start in zip(reversed(self._tables), reversed(self._starts), strict=True):
            if position >= start:
                return table, position - start
        raise IndexError(position)


class SomeSamples(Sequence[Sample]):
    """Some of the samples of a table, in an order of their own; each is made when it is asked for.

    Args:
        samples: the table.
        positions: which of them.
    """

    def __init__(self, samples: Sequence[Sample], positions: Sequence[int]) -> None:
        self._samples = samples
        self._positions = positions

    @override
    def __len__(self) -> int:
        return len(self._positions)

    @overload
    def __getitem__(self, position: int) -> Sample: ...

    @overload
    def __getitem__(self, position: slice) -> "SomeSamples": ...

    @override
    def __getitem__(self, position: int | slice) -> "Sample | SomeSamples":
        if isinstance(position, slice):
            return SomeSamples(self._samples, self._positions[position])
        return self._samples[self._positions[position]]


class LabelledKeys(Collection[str]):
    """The keys of the samples that have a mask, looked up in their table: a set of them would be made in vain."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    @override
    def __len__(self) -> int:
        return self._samples.total(labelled=True)

    @override
    def __iter__(self) -> Iterator[str]:
        return self._samples.keys(labelled=True)

    @override
    def __contains__(self, key: object) -> bool:
        position = self._samples.position(key) if isinstance(key, str) else None
        return position is not None and self._samples.has_mask(position)

"""What a journal of strokes consists of: records that say by themselves whether they are whole.

A record is a head (mark, length, CRC-32 of the content, CRC-32 of the head before it) and its content: a JSON object
and, for a step, the compressed pixels of its patches, one after another. A record that the end of the file cuts off
was never finished; anything else that does not add up is damage. Either way, the records before it count.
"""

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from segstudio.painting.boxes import Box
from segstudio.painting.history import Patch

VERSION = 1

_MARK = b"SgJ\n"
_HEAD = struct.Struct("<4sIII")
_LENGTH = struct.Struct("<I")
_KINDS = ("|u1", "<u2", ">u2")


class DamagedRecordError(ValueError):
    """A record does not add up; those before it do."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The first record: whose journal it is. ``dataset`` is the folder that its masks are written to."""

    dataset: Path
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Origin:
    """The mask that a sequence of steps began from.

    Attributes:
        sample: the `Sample.key`.
        target: where the mask is written.
        width: columns.
        height: rows.
        fingerprint: `mask_fingerprint` of what was on the disk, or `NO_FILE`.
        background: the id of every pixel where there was no file.
    """

    sample: str
    target: Path
    width: int
    height: int
    fingerprint: str
    background: int


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step: stroke, undo or redo alike.

    Attributes:
        origin: what the sequence began from.
        number: counts all steps of the journal.
        begins: whether it is the first after the mask was as on the disk; only then does the fingerprint matter.
        patches: the pixels before and after; `Patch.pixels` has them.
    """

    origin: Origin
    number: int
    begins: bool
    patches: tuple[Patch, ...]


@dataclass(frozen=True, slots=True)
class SavingRecord:
    """A mask is about to be written as it is after step ``number``; it will then have this fingerprint."""

    sample: str
    number: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class SavedRecord:
    """A mask with this fingerprint is on the disk: the sample's steps up to ``number`` are no longer needed."""

    sample: str
    number: int
    fingerprint: str


Record = Opening | StepRecord | SavingRecord | SavedRecord


def encode(record: Record) -> bytes:
    """Return a record as the bytes that `decode` reads."""
    pixels: list[bytes] = []
    match record:
        case Opening(dataset, version):
            said: dict[str, Any] = {"record": "opening", "version": version, "dataset": str(dataset)}
        case StepRecord(origin, number, begins, patches):
            said = {"record": "step", "sample": origin.sample, "number": number, "begins": begins}
            said |= {"target": str(origin.target), "size": [origin.width, origin.height]}
            said |= {"fingerprint": origin.fingerprint, "background": origin.background, "kind": patches[0].kind}
            said["patches"] = [
                [p.box.left, p.box.top, p.box.right, p.box.bottom, len(p.before), len(p.after)] for p in patches
            ]
            pixels = [data for patch in patches for data in (patch.before, patch.after)]
        case SavingRecord(sample, number, fingerprint) | SavedRecord(sample, number, fingerprint):
            word = "saving" if isinstance(record, SavingRecord) else "saved"
            said = {"record": word, "sample": sample, "number": number, "fingerprint": fingerprint}
    # ASCII, so that file names that are no valid text survive as escapes.
    text = json.dumps(said, ensure_ascii=True, separators=(",", ":")).encode()
    content = b"".join((_LENGTH.pack(len(text)), text, *pixels))
    head = struct.pack("<4sII", _MARK, len(content), zlib.crc32(content))
    return head + _LENGTH.pack(zlib.crc32(head)) + content


def decode(file: BinaryIO) -> Iterator[Record]:
    """Read records from where the file stands; a last one that was never finished is left out.

    Raises:
        DamagedRecordError: a record does not add up.
    """
    while len(head := file.read(_HEAD.size)) == _HEAD.size:
        mark, length, checksum, own = _HEAD.unpack(head)
        if mark != _MARK or own != zlib.crc32(head[: -_LENGTH.size]):
            raise DamagedRecordError("no record begins where one should")
        content = file.read(length)
        if len(content) < length:
            return
        if zlib.crc32(content) != checksum:
            raise DamagedRecordError("a record is not as it was written")
        try:
            yield _record(content)
        except (KeyError, TypeError, ValueError, struct.error) as error:
            raise DamagedRecordError(f"a record makes no sense: {error}") from error


def _record(content: bytes) -> Record:
    (length,) = _LENGTH.unpack_from(content)
    begin = _LENGTH.size + length
    said = json.loads(content[_LENGTH.size : begin])
    match said["record"]:
        case "opening":
            return Opening(Path(said["dataset"]), int(said["version"]))
        case "step":
            return _step(said, content, begin)
        case "saving":
            return SavingRecord(str(said["sample"]), int(said["number"]), str(said["fingerprint"]))
        case "saved":
            return SavedRecord(str(said["sample"]), int(said["number"]), str(said["fingerprint"]))
    raise ValueError(f"unknown record {said['record']!r}")


def _step(said: dict[str, Any], content: bytes, at: int) -> StepRecord:
    width, height = said["size"]
    if said["kind"] not in _KINDS or not said["patches"]:
        raise ValueError("a step without pixels")
    patches = []
    for left, top, right, bottom, before, after in said["patches"]:
        box = Box(left, top, right, bottom)
        if box.empty or box.clipped(width, height) != box or len(content) < at + before + after:
            raise ValueError("a patch lies outside its mask")
        patches.append(Patch(box, content[at : at + before], content[at + before : at + before + after], said["kind"]))
        at += before + after
    origin = Origin(
        said["sample"], Path(said["target"]), width, height, str(said["fingerprint"]), int(said["background"])
    )
    return StepRecord(origin, int(said["number"]), bool(said["begins"]), tuple(patches))

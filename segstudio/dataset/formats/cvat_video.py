"""CVAT's files for videos: tracks, each a shape that goes through the frames."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from segstudio.dataset.formats.fields import whole
from segstudio.dataset.formats.listing import Listing
from segstudio.dataset.formats.source import FormatError

LabelledShape = tuple[str | None, ET.Element]
"""The name of a class as it stands in the file, and the element of a shape."""

_FRAME = re.compile(r"(\d+)$")


def frames_of(root: ET.Element, where: str) -> dict[int, list[LabelledShape]]:
    """Return the shapes on each frame, in the order of the tracks.

    A shape stays until the next one of its track, or until that is ``outside``. CVAT lists each frame; where only
    key frames are listed, what moves in between is not known here.

    Raises:
        FormatError: a frame has no number.
    """
    tracks = [(track.get("label"), _by_frame(track, where)) for track in root.iter("track")]
    frames = sorted({frame for _, shapes in tracks for frame in shapes} | set(_all_frames(root, where)))
    found: dict[int, list[LabelledShape]] = {frame: [] for frame in frames}
    for label, shapes in tracks:
        current: ET.Element | None = None
        for frame in frames:
            current = shapes.get(frame, current)
            if current is not None and current.get("outside") != "1":
                found[frame].append((label, current))
    return found


def numbered_pictures(listing: Listing) -> dict[int, list[Path]]:
    """Return the pictures of a folder by the number at the end of their stems, such as ``frame_000010.png``."""
    found: dict[int, list[Path]] = defaultdict(list)
    for path in listing.images():
        match = _FRAME.search(path.stem)
        if match is not None and len(match[1]) < 10:
            found[int(match[1])].append(path)
    return found


def _by_frame(track: ET.Element, where: str) -> dict[int, ET.Element]:
    return {
        whole(shape.get("frame"), f"a frame in {where}"): shape for shape in track if shape.get("frame") is not None
    }


def _all_frames(root: ET.Element, where: str) -> Iterator[int]:
    """Yield the frames that a task says it has, on which there may be nothing."""
    task = root.find("meta/task")
    if task is None or task.findtext("start_frame") is None or task.findtext("stop_frame") is None:
        return
    first, last = (whole(task.findtext(name), f"“{name}” in {where}") for name in ("start_frame", "stop_frame"))
    step = re.search(r"step=(\d{1,6})", task.findtext("frame_filter") or "")
    if last - first > 1_000_000:
        raise FormatError(f"{where} has more than a million frames. Export it in parts.")
    yield from range(first, last + 1, max(1, int(step[1])) if step else 1)

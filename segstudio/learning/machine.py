"""What a device offers to a training. Loads no TensorFlow, and so knows of no GPU by itself."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFacts:
    """What trains.

    Attributes:
        name: for people.
        gpu: whether it is one.
        memory_bytes: its own memory, a GPU's or the machine's; 0 where that cannot be told.
        cores: of the processor, as many as this program may use.
    """

    name: str = ""
    gpu: bool = False
    memory_bytes: int = 0
    cores: int = 1

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> "DeviceFacts":
        """Read what `learning.isolated.Worker.describe_device` answers; what is missing is as on an unknown device."""
        memory, cores = data.get("memory_bytes"), data.get("cores")
        return cls(
            name=str(data.get("name", "")),
            gpu=bool(data.get("gpu")),
            memory_bytes=memory if isinstance(memory, int) else 0,
            cores=cores if isinstance(cores, int) and cores > 0 else 1,
        )

    @property
    def words(self) -> str:
        """A name for the middle of a sentence, such as ``a processor of 2 cores``."""
        if self.gpu:
            return self.name or "a GPU"
        return f"a processor of {self.cores} {'core' if self.cores == 1 else 'cores'}"


def this_machine() -> DeviceFacts:
    """Return the processor's cores and the memory that this program may use."""
    return DeviceFacts(memory_bytes=_memory(), cores=_cores())


def in_gigabytes(number: int) -> str:
    """Return bytes for people: ``0.2 GB``."""
    return f"{max(number / 1e9, 0.1):,.1f} GB"


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _memory() -> int:
    physical = _memory_of_windows() if os.name == "nt" else _memory_of_unix()
    try:  # a container may have less than the machine
        return min(physical, int(_CGROUP_LIMIT.read_text(encoding="ascii")))
    except (OSError, ValueError):
        return physical


def _memory_of_unix() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return 0


def _memory_of_windows() -> int:
    """Ask ``GetPhysicallyInstalledSystemMemory``, which answers in KiB."""
    import ctypes

    kib = ctypes.c_ulonglong()
    libraries = getattr(ctypes, "windll")  # noqa: B009 - there on Windows alone
    answered = libraries.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(kib))
    return kib.value * 1024 if answered else 0

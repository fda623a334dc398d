"""Whether all that was painted is on the disk."""

from enum import Enum


class SaveState(Enum):
    """How saving goes."""

    SAVED = "saved"
    UNSAVED = "unsaved"
    SAVING = "saving"
    FAILED = "failed"

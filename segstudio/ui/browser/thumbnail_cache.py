"""Thumbnails from one start of the program to the next: one file in the person's cache folder, bounded in bytes.

All of it can be lost at any time without harm. Where it cannot be read or written (no room, a disk without locks, a
damaged file), everything goes on without it.
"""

import sqlite3
import threading
import time
from pathlib import Path

MOST_BYTES = 512 << 20
_PLACE_LEFT = 0.8
"""What is kept of the most bytes when the oldest have to go: making room has its price, so not for each one."""

_AT_ONCE = 64
_TABLE = "CREATE TABLE IF NOT EXISTS thumbnails (name BLOB PRIMARY KEY, used INTEGER, bytes INTEGER, data BLOB)"


class ThumbnailCache:
    """Keeps small pieces of data under names; those not looked at for longest go first. Any thread may ask.

    Args:
        folder: where its file is; None for a cache that keeps nothing.
        most_bytes: how much is kept at most.
    """

    def __init__(self, folder: Path | None, most_bytes: int = MOST_BYTES) -> None:
        self._file = None if folder is None else folder / "thumbnails.sqlite"
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._bytes = 0
        self._new: dict[bytes, bytes] = {}
        self._used: set[bytes] = set()

    def get(self, name: bytes) -> bytes | None:
        """Return what was put under a name, or None."""
        with self._lock:
            if name in self._new:
                return self._new[name]
            connection = self._open()
            if connection is None:
                return None
            try:
                row = connection.execute("SELECT data FROM thumbnails WHERE name = ?", (name,)).fetchone()
            except sqlite3.Error:
                self._give_up()
                return None
            if row is None or not isinstance(row[0], bytes):
                return None
            self._used.add(name)
            return row[0]

    def put(self, name: bytes, data: bytes) -> None:
        """Keep data under a name."""
        with self._lock:
            if self._file is not None:
                self._new[name] = data
                if len(self._new) >= _AT_ONCE:
                    self._write()

    def close(self) -> None:
        """Write what is new; nothing is kept afterwards."""
        with self._lock:
            if self._new or self._used:
                self._write()
            if self._connection is not None:
                self._connection.close()
            self._connection = self._file = None

    def _open(self) -> sqlite3.Connection | None:
        if self._connection is None and self._file is not None:
            try:
                self._connection, self._bytes = _opened(self._file)
            except (sqlite3.Error, OSError):
                self._give_up()
        return self._connection

    def _write(self) -> None:
        connection = self._open()
        if connection is None:
            return
        now = int(time.time())
        try:
            with connection:
                connection.executemany(
                    "INSERT OR REPLACE INTO thumbnails VALUES (?, ?, ?, ?)",
                    [(name, now, len(data), data) for name, data in self._new.items()],
                )
                connection.executemany(
                    "UPDATE thumbnails SET used = ? WHERE name = ?", [(now, name) for name in self._used]
                )
                self._bytes += sum(map(len, self._new.values()))
                if self._bytes > self._most_bytes:
                    self._bytes -= _forget_oldest(connection, self._bytes - int(self._most_bytes * _PLACE_LEFT))
        except sqlite3.Error:
            self._give_up()
        self._new.clear()
        self._used.clear()

    def _give_up(self) -> None:
        """Go on without it until the next start."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._file = None
        self._new.clear()
        self._used.clear()


def _opened(file: Path) -> tuple[sqlite3.Connection, int]:
    """Open the file, anew if it is damaged; return the bytes in it, too."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _connected(file)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise  # locked, full or read-only: not damaged
        file.unlink()
        return _connected(file)


def _connected(file: Path) -> tuple[sqlite3.Connection, int]:
    # Each thread waits for the lock of the cache: there is never more than one at a time.
    connection = sqlite3.connect(file, timeout=1.0, check_same_thread=False)
    try:
        # After a power cut the cache may be damaged; it is then begun anew. Waiting for the disk would cost more.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(_TABLE)
        total = connection.execute("SELECT COALESCE(SUM(bytes), 0) FROM thumbnails").fetchone()[0]
    except sqlite3.Error:
        connection.close()
        raise
    return connection, int(total)


def _forget_oldest(connection: sqlite3.Connection, surplus: int) -> int:
    """Remove those not used for longest until enough bytes are gone; return how many that were."""
    gone, names = 0, []
    for name, size in connection.execute("SELECT name, bytes FROM thumbnails ORDER BY used, rowid"):
        if gone >= surplus:
            break
        names.append((name,))
        gone += size
    connection.executemany("DELETE FROM thumbnails WHERE name = ?", names)
    return gone

"""Ways in which files get damaged: bits turn over, ends are missing, headers lie, text says something else."""

import re
from collections.abc import Callable
from random import Random

_EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_TEXT = frozenset({".json", ".txt", ".xml", ".yaml", ".yml", ".csv"})
_VALUES = (
    "null", "true", "-1", "0", "1e999", "-1e999", "NaN", "99999999999999999999", "65536", "0.5", '""', '"\\ud800"',
    "[]", "{}", "[[[]]]", '"../../../etc"', '"\\u0000"', '"a"', "[1,2,3]", '{"a":1}',
)  # fmt: skip


def damaged(data: bytes, suffix: str, random: Random) -> bytes:
    """Return a damaged copy of a file, the same for the same state of ``random``."""
    ways: list[Callable[[bytes, Random], bytes]] = [_bits, _cut, _header, _moved, _repeated, _filled]
    if suffix.lower() in _TEXT:
        ways = [*ways, _token, _token, _token, _token, _deep]
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        data = random.choice(ways)(data, random)
    return data


def _bits(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 2, 8, 64)) if changed else 0):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _cut(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _header(data: bytes, random: Random) -> bytes:
    """Write an extreme number over 1, 2 or 4 bytes near the start, where sizes and counts stand."""
    size = random.choice((1, 2, 4))
    place = random.randrange(max(1, min(len(data), 128)))
    number = random.choice(_EXTREMES) & ((1 << 8 * size) - 1)
    return data[:place] + number.to_bytes(size, random.choice(("big", "little"))) + data[place + size :]


def _moved(data: bytes, random: Random) -> bytes:
    start, length, to = (random.randrange(len(data) + 1) for _ in range(3))
    rest = data[:start] + data[start + length :]
    return rest[:to] + data[start : start + length] + rest[to:]


def _repeated(data: bytes, random: Random) -> bytes:
    start = random.randrange(len(data) + 1)
    part = data[start : start + random.choice((1, 4, 64))]
    return data[:start] + part * random.choice((2, 10, 1000)) + data[start:]


def _filled(data: bytes, random: Random) -> bytes:
    start = random.randrange(len(data) + 1)
    length = min(random.choice((1, 16, 512)), len(data) - start)
    return data[:start] + random.choice((b"\0", b"\xff")) * length + data[start + length :]


def _token(data: bytes, random: Random) -> bytes:
    """Put something else in place of a number or a text."""
    tokens = list(re.finditer(rb'-?\d+(\.\d+)?|"[^"]*"|\[|\]|\{|\}|<[^>]*>|[A-Za-z_]+', data))
    if not tokens:
        return data
    token = random.choice(tokens)
    value = random.choice(_VALUES).encode() if random.random() < 0.7 else random.choice(tokens).group()
    return data[: token.start()] + value + data[token.end() :]


def _deep(data: bytes, random: Random) -> bytes:
    if random.random() < 0.9:
        return _token(data, random)
    place = random.randrange(len(data) + 1)
    return data[:place] + random.choice((b"[", b'{"a":', b"<a>")) * 100_000 + data[place:]

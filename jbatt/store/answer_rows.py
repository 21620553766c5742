"""The rows in which answers are kept: a number that holds code, score and a checksum of all that the row says.

Nothing here needs the engine, so that looking after the file starts no JAX.
"""

from __future__ import annotations

import sqlite3
from typing import Any
from zlib import crc32

FILE = "answers.sqlite"
LAST_CODE, LARGEST_SCORE = 4, 1000
"""Codes of answers that do not depend on time are 1 to 4 (see `jbatt.engine.outcome.CODES`)."""
_LOW = 16
"""Bits for code and score; the checksum stands above them."""


def packed(start: int, body: bytes, low: int, reason: str) -> int:
    """The number of a row. start: crc32 of the pair's key; low: code << 10 | score + 1."""
    return _check(start, body, low, reason) << _LOW | low


def unpacked(answer: int) -> tuple[int, int]:
    """Code and score."""
    low = answer & ((1 << _LOW) - 1)
    return low >> 10, (low & 1023) - 1


def is_sound(start: int, body: bytes, answer: Any, reason: Any) -> bool:
    """Whether a row is one that was written; sqlite's columns take values of any type."""
    if not isinstance(answer, int) or not isinstance(reason, str):
        return False
    code, score = unpacked(answer)
    low = answer & ((1 << _LOW) - 1)
    if answer >> _LOW != _check(start, body, low, reason):
        return False
    return 0 < code <= LAST_CODE and score <= LARGEST_SCORE


def damaged_rows(db: sqlite3.Connection) -> list[tuple[int, bytes]]:
    """(pair, body) of the rows that are not what was written."""
    query = "SELECT pair, key, body, answer, reason FROM answers LEFT JOIN pairs ON pair = id"
    return [
        (pair, body)
        for pair, key, body, answer, reason in db.execute(query)
        if key is None or not isinstance(body, bytes) or not is_sound(crc32(key), body, answer, reason)
    ]


def _check(start: int, body: bytes, low: int, reason: str) -> int:
    found = crc32(low.to_bytes(2, "little") + body, start)
    return crc32(reason.encode(), found) if reason else found

"""Which words a file holds, as small hashes: most files that cannot match are told without being read.

A word is a longest run of ASCII letters, digits and underscores, wherever it stands. The hashes of a file may
say that a word is there when it is not, never the other way round.
"""

import re
from array import array
from collections.abc import Sequence
from zlib import crc32

import pyarrow as pa
import pyarrow.compute as pc

_TABLE = bytes(byte if re.match(r"[A-Za-z0-9_]", chr(byte)) else 0x20 for byte in range(256))
_KEPT = 0xFFFF
"""Bits of a hash. Of a file of 220 distinct words, one foreign word in 300 is taken for its own."""
_COOKIE = re.compile(rb"coding[:=][ \t]*([-_.a-zA-Z0-9]+)")


def hashes_of(source: bytes, language: str) -> "array[int] | None":
    """Hashes of the distinct words of a file; None when its bytes need not stand for the same letters."""
    if language == "python" and b"coding" in source[:400]:
        declared = _COOKIE.search(b"\n".join(source.split(b"\n", 2)[:2]))
        if declared and declared[1].lower().replace(b"_", b"-") not in (b"utf-8", b"utf8"):
            return None
    return array("I", map(crc32, set(source.translate(_TABLE).split())))


def hash_of(word: bytes) -> int:
    """What stands for a word in the column."""
    return crc32(word) & _KEPT


def column(files: Sequence["array[int]"]) -> pa.ListArray:
    """What `hashes_of` gave of many files, as one column of lists."""
    joined, offsets = array("I"), array("i", [0])
    for hashes in files:
        joined.extend(hashes)
        offsets.append(len(joined))
    values = pa.Array.from_buffers(pa.uint32(), len(joined), [None, pa.py_buffer(joined)])
    starts = pa.Array.from_buffers(pa.int32(), len(offsets), [None, pa.py_buffer(offsets)])
    return pa.ListArray.from_arrays(starts, pc.bit_wise_and(values, _KEPT).cast(pa.uint16()))

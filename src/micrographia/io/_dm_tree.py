"""A walk over the tags of a dm3 or dm4 file: every length must lie inside the file.

RosettaSciIO reads these files; it follows the lengths it finds, so a damaged one could make it run
for hours or ask for all memory. This walk reads no values, only the frame around them.
"""

from __future__ import annotations

import mmap
from pathlib import Path

from micrographia.errors import CorruptFileError

__all__ = ["check_dm"]

_BYTES = {2: 2, 3: 4, 4: 2, 5: 4, 6: 4, 7: 8, 8: 1, 9: 1, 10: 1, 11: 8, 12: 8}
_STRUCT, _STRING, _ARRAY = 15, 18, 20
_MAX_DEPTH = 64
_MAX_LOOSE = 1 << 22  # elements of one array that is read value by value


class _Walk:
    def __init__(self, content: mmap.mmap, name: str) -> None:
        self.content, self.name, self.place = content, name, 0
        self.version = self.take(4)
        self.word = 8 if self.version == 4 else 4

    def fail(self, what: str) -> CorruptFileError:
        return CorruptFileError(
            f"{self.name}: {what} at byte {self.place:,} of {len(self.content):,}; the file is "
            "truncated or damaged: copy or export it again"
        )

    def take(self, count: int) -> int:
        """The next big-endian integer."""
        self.skip(count)
        piece = self.content[self.place - count : self.place]
        return int.from_bytes(piece, "big", signed=count > 2)

    def skip(self, count: int) -> None:
        if count < 0 or self.place + count > len(self.content):
            raise self.fail(f"a piece of {count:,} bytes does not fit")
        self.place += count

    def run(self) -> None:
        self.skip(self.word + 4)
        self.group(0, sized=False)

    def group(self, depth: int, sized: bool) -> None:
        if depth > _MAX_DEPTH:
            raise self.fail("tags are nested too deeply")
        if sized and self.version == 4:
            self.skip(8)
        self.skip(2)
        count = self.take(self.word)
        if not 0 <= count <= len(self.content):
            raise self.fail(f"a group of {count:,} tags")
        for _ in range(count):
            kind = self.take(1)
            length = self.take(2)
            self.skip(length)
            if kind == 21:
                self.data()
            elif kind == 20:
                self.group(depth + 1, sized=True)
            else:
                raise self.fail(f"a tag of the unknown kind {kind}")

    def data(self) -> None:
        if self.version == 4:
            self.skip(8)
        self.skip(4)
        info = [self.take(self.word) for _ in range(self.small(self.take(self.word), 4096))]
        if not info:
            raise self.fail("a tag without a type")
        self.skip(self.size(info))

    def small(self, count: int, most: int) -> int:
        if not 0 <= count <= most:
            raise self.fail(f"a count of {count:,}")
        return count

    def size(self, info: list[int]) -> int:
        """Bytes of the value that these words describe."""
        if info[0] in _BYTES and len(info) == 1:
            return _BYTES[info[0]]
        if info[0] == _STRING and len(info) == 2:
            return self.small(info[1], len(self.content))
        if info[0] == _STRUCT:
            return self.struct(info)
        if info[0] == _ARRAY and len(info) >= 3:
            count = self.small(info[-1], len(self.content))
            if info[1] == _STRUCT:
                each = self.struct(info[1:-1])
            elif info[1] == _STRING and len(info) == 4:
                each = self.small(info[2], len(self.content))
            elif info[1] == _ARRAY and len(info) == 5:
                each = _BYTES.get(info[2], 0) * self.small(info[3], len(self.content))
            else:
                each = _BYTES.get(info[1], 0)
            if each <= 0 < count or (info[1] in (_STRUCT, _STRING, _ARRAY) and count > _MAX_LOOSE):
                raise self.fail(f"an array of {count:,} elements of {each} bytes")
            return each * count
        raise self.fail(f"a value of the unknown type {info[0]}")

    def struct(self, info: list[int]) -> int:
        fields = info[4::2] if len(info) >= 3 else []
        if not fields or len(fields) != info[2] or any(field not in _BYTES for field in fields):
            raise self.fail("a structure of unknown fields")
        return sum(_BYTES[field] for field in fields)


def check_dm(path: Path) -> None:
    """Check that every tag of a dm3 or dm4 file lies inside it.

    Parameters
    ----------
    path : Path

    Raises
    ------
    CorruptFileError
        If one does not.
    """
    with (
        path.open("rb") as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        _Walk(content, path.name).run()

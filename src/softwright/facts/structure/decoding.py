"""Bytes of a source file as text, with the way back: byte offsets of characters."""

import codecs
import re
from dataclasses import dataclass, field

from softwright.core import InvalidInput

_BLOCK = 256  # characters between the places whose byte offset is kept
_BOM = codecs.BOM_UTF8
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)")
_BLANK = re.compile(rb"^[ \t\f]*(?:#[^\r\n]*)?\r?\n?$")


@dataclass(slots=True)
class Decoded:
    """A source file as `text` (without the byte order mark) and how it was encoded.

    `prefix` is the byte order mark or nothing; `prefix + text.encode(encoding)` gives `source` exactly.
    """

    source: bytes
    text: str
    encoding: str
    prefix: bytes = b""
    _blocks: list[int] = field(default_factory=list, repr=False, compare=False)

    def byte_offset(self, char: int) -> int:
        """Byte offset in `source` of the character at `char`."""
        if len(self.text) + len(self.prefix) == len(self.source):
            return char + len(self.prefix)
        if not self._blocks:
            self._blocks.append(len(self.prefix))
        block = char // _BLOCK
        for at in range(len(self._blocks) - 1, block):
            self._blocks.append(self._blocks[at] + self._size(at * _BLOCK, (at + 1) * _BLOCK))
        return self._blocks[block] + self._size(block * _BLOCK, char)

    def _size(self, start: int, end: int) -> int:
        return len(self.text[start:end].encode(self.encoding))

    def encode(self, text: str) -> bytes:
        """`text` in the encoding of the file, without byte order mark.

        Raises InvalidInput when the encoding has no bytes for a character.
        """
        try:
            return text.encode(self.encoding)
        except UnicodeEncodeError as error:
            letter = error.object[error.start]
            raise InvalidInput(
                f"{letter!r} (U+{ord(letter):04X}) cannot be written in the file's encoding {self.encoding}",
                hint="spell it with an escape, or convert the file to UTF-8",
            ) from error


def decode(source: bytes, language: str) -> Decoded:
    """The text of a source file: UTF-8, or for Python what its coding line (PEP 263) declares.

    Raises InvalidInput for a binary file, an unknown encoding, or bytes that the encoding cannot read
    and give back unchanged.
    """
    if b"\0" in source:
        raise InvalidInput("the file is binary (it holds a zero byte)", hint="only text files are searched")
    prefix = _BOM if source.startswith(_BOM) else b""
    encoding = "utf-8" if prefix or language != "python" else _declared(source)
    body = source[len(prefix) :]
    try:
        text = body.decode(encoding)
        # letter by letter: an encoding with states writes a piece in another way than the whole
        exact = encoding == "utf-8" or b"".join(letter.encode(encoding) for letter in text) == body
    except (UnicodeError, LookupError) as error:
        raise InvalidInput(
            f"the file cannot be read as {encoding}: {error}",
            hint="declare its encoding in the first two lines (PEP 263)" if language == "python" else "",
        ) from error
    if not exact:
        raise InvalidInput(
            f"the file's bytes are not what {encoding} would write", hint="convert it to UTF-8"
        )
    return Decoded(source, text, encoding, prefix)


def _declared(source: bytes) -> str:
    """Encoding named in the first two lines; the second counts only after a blank or comment line."""
    if b"coding" not in source[:400]:
        return "utf-8"
    for line in source.split(b"\n", 2)[:2]:
        cookie = _COOKIE.match(line)
        if cookie:
            name = cookie[1].decode("ascii")
            return "utf-8" if name.lower().replace("_", "-") in ("utf-8", "utf8") else name
        if not _BLANK.match(line):
            break
    return "utf-8"

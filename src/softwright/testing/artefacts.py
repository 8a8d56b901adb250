"""The suite every store of artefacts must pass, whatever it keeps its files on."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from softwright.core import InvalidInput, OutsideFault
from softwright.engine.artefacts import Artefacts, artefact_digest

DAY = timedelta(days=1)


class ArtefactsContract:
    """What `Artefacts` must do. Subclass it in a test and give an empty store as the fixture `artefacts`."""

    CONTENTS: Iterable[bytes] = (
        b"",
        b"\0",
        b"short",
        b"the same words again and again, " * 5_000,
        bytes(range(256)) * 3,
        b"\x1f\x8b\x08" + bytes(i * i * 7919 % 251 for i in range(100_000)),
    )

    def test_contents_come_back_byte_for_byte(self, artefacts: Artefacts) -> None:
        """The digest is that of the raw content, the content that which was put, the size its own."""
        for content in self.CONTENTS:
            digest = artefacts.put(content)
            assert digest == artefact_digest(content)
            assert artefacts.get(digest) == content
            assert artefacts.size(digest) == len(content)
            assert artefacts.has(digest)

    def test_putting_twice_stores_once(self, artefacts: Artefacts) -> None:
        """The same content has one digest and one file."""
        assert artefacts.put(b"x" * 9) == artefacts.put(b"x" * 9)
        assert list(artefacts.digests()) == [artefact_digest(b"x" * 9)]

    def test_values_come_back_as_payloads_do(self, artefacts: Artefacts) -> None:
        """A value of any length keeps its classes."""
        value = {"rows": [(i, b"x") for i in range(10_000)]}
        assert artefacts.get_json(artefacts.put_json(value)) == value

    def test_what_is_not_there_is_an_outside_fault(self, artefacts: Artefacts) -> None:
        """Never an empty content in its place; asking whether it is there is no error."""
        absent = artefact_digest(b"absent")
        assert not artefacts.has(absent)
        assert not artefacts.delete(absent)
        for ask in (artefacts.get, artefacts.size, artefacts.get_json):
            message = _fault_of(lambda ask=ask: ask(absent))
            assert absent in message
            assert "is missing" in message

    def test_only_digests_are_taken(self, artefacts: Artefacts) -> None:
        """A name that is no digest reaches no file."""
        for wrong in ("", "sha256:12", "../../etc/passwd", "sha256:" + "G" * 64, "md5:" + "0" * 64):
            for ask in (artefacts.get, artefacts.has, artefacts.delete):
                try:
                    ask(wrong)
                except InvalidInput as error:
                    assert "is no digest" in str(error)
                else:
                    raise AssertionError(f"{wrong!r} was taken for a digest")

    def test_what_is_deleted_is_gone(self, artefacts: Artefacts) -> None:
        """Only that content goes, and it can be put again."""
        one, other = artefacts.put(b"one"), artefacts.put(b"other")
        assert artefacts.delete(one)
        assert not artefacts.has(one)
        assert list(artefacts.digests()) == [other]
        assert artefacts.get(artefacts.put(b"one")) == b"one"

    def test_old_contents_can_be_told(self, artefacts: Artefacts) -> None:
        """A collector sees what was last put before a moment, and nothing newer."""
        put = {artefacts.put(bytes([i])) for i in range(20)}
        assert set(artefacts.digests()) == put
        assert set(artefacts.digests(older_than=datetime.now(UTC) + DAY)) == put
        assert list(artefacts.digests(older_than=datetime.now(UTC) - DAY)) == []
        assert not any(artefacts.delete(digest, older_than=datetime.now(UTC) - DAY) for digest in put)
        assert artefacts.tidy(older_than=datetime.now(UTC) + DAY) == 0
        assert set(artefacts.digests()) == put
        assert all(artefacts.delete(digest, older_than=datetime.now(UTC) + DAY) for digest in put)
        assert list(artefacts.digests()) == []

    def test_old_contents_are_swept(self, artefacts: Artefacts) -> None:
        """Those that are needed stay, as do new ones; what would go can be told first."""
        put = [artefacts.put(bytes([i]) * 500) for i in range(6)]
        soon = datetime.now(UTC) + DAY
        assert artefacts.sweep(older_than=datetime.now(UTC) - DAY) == (0, 0)
        count, size = artefacts.sweep(older_than=soon, keep=put[:2], dry_run=True)
        assert (count, size > 0) == (4, True)
        assert set(artefacts.digests()) == set(put)
        assert artefacts.sweep(older_than=soon, keep=put[:2]) == (count, size)
        assert set(artefacts.digests()) == set(put[:2])

    def test_many_writers_of_one_content_agree(self, artefacts: Artefacts) -> None:
        """Writers and readers at once see whole contents only."""
        contents = [bytes([i]) * 20_000 for i in range(4)]

        def work(n: int) -> bool:
            content = contents[n % len(contents)]
            return artefacts.get(artefacts.put(content)) == content

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(work, range(64)))
        assert set(artefacts.digests()) == {artefact_digest(content) for content in contents}


def _fault_of(ask: object) -> str:
    try:
        ask()  # type: ignore[operator]
    except OutsideFault as error:
        return str(error)
    raise AssertionError("no fault was raised")

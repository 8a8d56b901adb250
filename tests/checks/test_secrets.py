"""Secrets: added ones fail, and are never written down."""

import pytest

from softwright.checks import SecretsCheck
from softwright.core import Outcome

AWS = "AKIA" + "Q3EGXN5XVBT7WJ2L"
GITHUB = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
ENTROPY = "kJ8sQ2pL9xVb4NmZ7wRt1YcUe5Hg3FdA"
PEM = "-----BEGIN RSA PRIVATE " + "KEY-----"


@pytest.mark.parametrize(
    "line",
    [f'key = "{AWS}"', f'token = "{GITHUB}"', f'x = "{ENTROPY}"', PEM, 'password = "correct-horse-77"'],
)
class TestEachKind:
    """One row a kind of secret."""

    def test_added(self, candidate, line):
        """An added secret fails with its place."""
        verdict = SecretsCheck().run(candidate({"a.py": "x = 1\n"}, {"a.py": f"x = 1\n{line}\n"}))
        assert verdict.outcome is Outcome.FAIL
        assert (verdict.evidence[0].path, verdict.evidence[0].line) == ("a.py", 2)

    def test_there_before(self, candidate, line):
        """A secret that a changed line had already does not block."""
        verdict = SecretsCheck().run(candidate({"a.py": f"{line}\n"}, {"a.py": f"{line}  # moved\n"}))
        assert verdict.outcome is Outcome.PASS

    def test_allowed_by_a_comment(self, candidate, line):
        """A line marked as allowed is left alone."""
        change = {"a.py": f"{line}  # pragma: allowlist secret\n"}
        assert SecretsCheck().run(candidate({}, change)).outcome is Outcome.PASS


@pytest.mark.parametrize("secret", [AWS, GITHUB, ENTROPY, "correct-horse-77"])
def test_the_secret_is_nowhere_in_the_verdict(candidate, secret):
    """Neither evidence nor summary holds the secret, whether it is new or known."""
    line = f'password = "{secret}"; again = "{secret}"'
    new = SecretsCheck().run(candidate({}, {"a.py": line}))
    old = SecretsCheck().run(candidate({"a.py": line}, {"a.py": line + " "}))
    assert new.outcome is Outcome.FAIL
    assert secret not in repr(new)
    assert secret not in repr(old)


@pytest.mark.parametrize(
    "line",
    [
        "password = get_password()",
        'password = os.environ["PASSWORD"]',
        'sha = "{{ checksum }}"',
        'id = "123e4567-e89b-12d3-a456-426614174000"',
        "from datetime import timezone",
        'url = "https://example.org/a/long/path/to/a/page.html"',
        'host = "192.0.2.17"',
        'password = ""',
    ],
)
def test_ordinary_code_is_left_alone(candidate, line):
    """Lines as codemods write them raise no alarm."""
    assert SecretsCheck().run(candidate({}, {"a.py": line + "\n"})).outcome is Outcome.PASS


def test_lock_files_are_full_of_digests(candidate):
    """Hashes in a lock file are no secrets."""
    change = {
        "poetry.lock": 'hash = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"\n'
    }
    assert SecretsCheck().run(candidate({}, change)).outcome is Outcome.PASS


def test_a_secret_moved_to_another_file_is_known(candidate):
    """Moving a file, secret and all, adds none."""
    content = f'key = "{AWS}"\n'
    verdict = SecretsCheck().run(candidate({"a.py": content}, {"a.py": None, "b.py": content}))
    assert verdict.outcome is Outcome.PASS
    assert len(verdict.known) == 1


def test_binary_files_are_left_out(candidate):
    """Content that is no text is not searched."""
    change = {"a.bin": b"\0\1" + AWS.encode()}
    assert SecretsCheck().run(candidate({}, change)).outcome is Outcome.PASS

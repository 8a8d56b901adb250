"""What a repository says about its dependencies."""

from softwright.checks.project import declares


def test_declares():
    """A dependency's name counts as such and not as part of another."""
    read = {"requirements.txt": b"My-Package[extra]>=1\nrequests_toolbelt\n"}.get
    assert declares(read, "my_package")
    assert not declares(read, "requests")

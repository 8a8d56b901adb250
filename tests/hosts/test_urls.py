"""Addresses: what counts as a secret in one."""

import pytest

from softwright.hosts import has_password, scrub


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://bob:pw@host/x.git", "https://bob:***@host/x.git"),
        ("https://:pw@host/x", "https://:***@host/x"),
        ("https://ghp_abcdefghijklmnop@host/x", "https://***@host/x"),
        ("https://oauth2:glpat-1@host/x", "https://oauth2:***@host/x"),
        ("https://0123456789abcdef0123456789abcdef01234567@host/x", "https://***@host/x"),
        ("https://host/x.git?private_token=abc&y=1", "https://host/x.git?private_token=***&y=1"),
        ("fatal: unable to access 'https://a:b@h/': no", "fatal: unable to access 'https://a:***@h/': no"),
        ("ssh://git:pw@host/x then https://c:d@h", "ssh://git:***@host/x then https://c:***@h"),
        ("https://bob:p@ss:w@host/x", "https://bob:***@host/x"),
    ],
)
def test_secrets_are_hidden(address: str, shown: str) -> None:
    """Passwords and tokens become stars, the rest stays readable."""
    assert scrub(address) == shown
    assert has_password(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://host/x.git",
        "https://bob@host/x.git",
        "git@host:team/x.git",
        "ssh://git@host:2222/x.git",
        "https://host:8443/a@b/x",
        "/srv/git/a:b@c.git",
        "file:///srv/x",
        "",
    ],
)
def test_plain_addresses_stay(address: str) -> None:
    """An address without a secret is not touched."""
    assert scrub(address) == address
    assert not has_password(address)

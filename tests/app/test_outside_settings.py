"""Settings about forges and mail."""

import json

import pytest
from pydantic import ValidationError

from softwright.app import House
from softwright.app.outside_settings import ForgeSetting
from softwright.app.settings import load_settings
from softwright.core import InvalidInput


def test_a_token_goes_over_no_open_line():
    """The address of a forge is https, but on this machine itself."""
    with pytest.raises(ValidationError, match="https://"):
        ForgeSetting(kind="gitea", token_env="T", api="http://git.example.org/api/v1")
    assert ForgeSetting(kind="gitea", token_env="T", api="http://127.0.0.1:3000/api/v1").api


def test_forges_come_from_file_or_environment(tmp_path, monkeypatch):
    """A table in the file, JSON in the environment; repositories at that host have change requests."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "softwright.toml").write_text(
        '[forges."git.example.org"]\nkind = "gitlab"\ntoken_env = "EXAMPLE_TOKEN"\n'
    )
    assert load_settings().forges["git.example.org"].kind == "gitlab"
    told = {"git.example.org": {"kind": "gitea", "token_env": "EXAMPLE_TOKEN"}}
    monkeypatch.setenv("SOFTWRIGHT_FORGES", json.dumps(told))
    monkeypatch.setenv("EXAMPLE_TOKEN", "x")
    house = House(load_settings(home=tmp_path / "home"))
    assert type(house.forges.of("https://git.example.org/o/r.git")).__name__ == "GiteaForge"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("FORGES", '{"h": {"kind": "svn", "token_env": "T"}}', "'github', 'gitlab'"),
        ("FORGES", '{"h": {"kind": "gitea", "token_env": "not a name"}}', "token_env"),
        ("FORGES", '{"h": {"kind": "gitea", "token_env": "T", "api": "ftp://x"}}', "without a user"),
        ("SMTP_URL", "smtp://me:hidden@mail", "holds a password"),
        ("SMTP_URL", "mail.example.org", "no address of a mail server"),
        ("SMTP_URL", "smtp://mail:x", "host or port"),
    ],
)
def test_wrong_settings_are_told(tmp_path, monkeypatch, name, value, said):
    """Each with what is allowed; a password is never shown."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"SOFTWRIGHT_{name}", value)
    with pytest.raises(InvalidInput) as caught:
        load_settings()
    assert said in str(caught.value)
    assert "hidden" not in str(caught.value)
    assert caught.value.hint

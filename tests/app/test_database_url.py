"""The setting that names the database."""

import pytest

from softwright.app import Settings
from softwright.app.database_url import checked_url
from softwright.app.settings import load_settings
from softwright.core import InvalidInput
from softwright.engine.durable import EngineDatabase

SECRET = "s3cret"

WRONG = [
    (f"postgresql:/u:{SECRET}@h/d", "is no URL"),
    (f"u:{SECRET}@h/d", "is no URL"),
    (f"mysql://u:{SECRET}@h/d", "names `mysql`; allowed: `postgresql`"),
    (f"u:{SECRET}@postgresql://h/d", "no kind of database"),
    ("sqlite:////tmp/x.db", "names a file"),
    ("sqlite+pysqlite:////tmp/x.db", "names a file"),
    (f"postgresql://u:{SECRET}@h:port/d", "host or port"),
    (f"postgresql://u:{SECRET}@h:99999/d", "host or port"),
    (f"postgresql://u:{SECRET}@{SECRET}@h/d", "an `@` too many"),
    (f"postgresql://u:1/{SECRET}@h/d", "an `@` too many"),
    (f"postgresql://u:{SECRET}/x@h/d", "host or port"),
    (f"postgresql://u:1#{SECRET}@h/d", "an `@` too many"),
    (f"postgresql://u:{SECRET}@h/d#x", "has a `#`"),
    (f"postgresql://u:{SECRET}@h/d ", "a blank"),
]


@pytest.mark.parametrize(("given", "said"), WRONG)
def test_what_is_no_such_url_is_told_without_being_shown(given, said, monkeypatch, tmp_path):
    """What is wrong and what is allowed, wherever it comes from; never the value."""
    monkeypatch.chdir(tmp_path)
    for load in (
        lambda: checked_url(given),
        lambda: load_settings(database_url=given),
        lambda: Settings(database_url=given),
    ):
        with pytest.raises(InvalidInput) as caught:
            load()
        assert said in caught.value.message
        assert SECRET not in f"{caught.value} {caught.value.hint}"
    monkeypatch.setenv("SOFTWRIGHT_DATABASE_URL", given)
    with pytest.raises(InvalidInput, match="database_url"):
        load_settings()


def test_a_value_that_is_no_text_is_not_shown_either(monkeypatch, tmp_path):
    """As a list in the file would be."""
    (tmp_path / "softwright.toml").write_text(f'database_url = ["postgresql://u:{SECRET}@h/d"]\n')
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInput, match="is no text") as caught:
        load_settings()
    assert SECRET not in str(caught.value)


RIGHT = [
    "postgresql://u:p@h/d",
    "postgresql://u:p%40%2F%23@h:5432/d?sslmode=require",
    "postgresql:///d?host=/run/postgresql",
    "postgresql+psycopg://u@[::1]:5432/d",
    "postgresql://",
]


@pytest.mark.parametrize("given", RIGHT)
def test_what_is_one_is_taken_as_it_is(given):
    """By all that use it."""
    assert Settings(database_url=given).database_url == given
    EngineDatabase(given).close()


def test_the_short_name_is_taken_for_the_long_one():
    """As libpq does."""
    assert Settings(database_url="postgres://u:p@h/d").database_url == "postgresql://u:p@h/d"
    assert Settings().database_url == ""

"""What is particular to a ledger on PostgreSQL: who may use it, what it shares, how its faults are told."""

import os
import threading

import psycopg
import pytest
from sqlalchemy.engine import make_url

from softwright.core import Event, InvalidInput, OutsideFault, RecordAway
from softwright.ledger import Ledger, RepoRecord
from softwright.ledger import postgres as room
from softwright.testing import PostgresServer


def ask(url: str, *queries: str) -> list[tuple[object, ...]]:
    """What the last of the queries gives, as the owner of the server."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        for query in queries:
            cursor = connection.execute(query)
        return cursor.fetchall() if cursor.description else []


def changed(url: str, **parts: object) -> str:
    """The URL with other parts."""
    return make_url(url).set(**parts).render_as_string(hide_password=False)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_spelling_of_the_url_is_taken(postgres, scheme):
    """The driver need not be named."""
    with Ledger.open(postgres.replace("postgresql+psycopg", scheme)) as ledger:
        ledger.events.append(Event("x"))
        assert [e.event.kind for e in ledger.events.since()] == ["x"]


def test_the_tables_have_a_schema_of_their_own(postgres):
    """Tables of others, also of the same name, stay as they are, and ours are not among them."""
    ask(postgres, "CREATE TABLE events AS SELECT 'theirs' AS kind")
    with Ledger.open(postgres) as ledger:
        ledger.events.append(Event("ours"))
        assert [e.event.kind for e in ledger.events.since()] == ["ours"]
    assert ask(postgres, "SELECT kind FROM public.events") == [("theirs",)]
    found = ask(postgres, "SELECT DISTINCT schemaname FROM pg_tables WHERE tablename = 'repo_states'")
    assert found == [("softwright",)]


def test_a_user_without_rights_is_told_what_to_ask_for(postgres):
    """Who may not make the schema is told what an administrator runs; with that done it works."""
    name = make_url(postgres).database
    user = f"u_{name}"
    ask(postgres, f"CREATE ROLE {user} LOGIN PASSWORD 'theirs'")
    theirs = changed(postgres, username=user, password="theirs")
    with pytest.raises(OutsideFault, match="permission denied") as raised:
        Ledger.open(theirs)
    assert "CREATE SCHEMA softwright AUTHORIZATION" in raised.value.hint
    ask(postgres, f"CREATE SCHEMA softwright AUTHORIZATION {user}")
    with Ledger.open(theirs) as ledger:
        ledger.events.append(Event("x"))


@pytest.mark.parametrize(
    ("parts", "said", "hint"),
    [
        ({"port": 1}, "[Cc]onnection refused", "start the server"),
        ({"password": "wrong-secret"}, "password authentication failed", "mend user and password"),
        ({"username": "nobody-here"}, "authentication failed", "mend user"),
        ({"password": ""}, "no password supplied", "postgresql://user:password@host/database"),
        ({"database": "nowhere"}, "database .* does not exist", "createdb"),
        ({"host": "no-such-host.invalid"}, "resolve host", "mend the host"),
    ],
)
def test_a_server_that_cannot_be_used_is_explained(postgres, parts, said, hint):
    """The message names the place and what to do, and never shows the password."""
    url = changed(postgres, **parts)
    with pytest.raises(OutsideFault, match=said) as raised:
        Ledger.open(url)
    assert raised.match(hint)
    assert make_url(url).database in raised.value.where
    for secret in (make_url(postgres).password, parts.get("password")):
        assert not secret or secret not in str(raised.value)


def test_a_password_among_the_options_is_not_shown(postgres):
    """A password given as an option of the URL stays out of the message, too."""
    with pytest.raises(OutsideFault) as raised:
        Ledger.open("postgresql://127.0.0.1:1/d?user=u&password=hidden-word")
    assert "hidden-word" not in str(raised.value)


def test_a_password_in_a_wrong_url_is_not_shown():
    """A URL that does not parse is quoted without its password."""
    with pytest.raises(InvalidInput, match="not a database URL") as raised:
        Ledger.open("postgresql://u:hidden@word@host:port/d")
    assert "hidden" not in str(raised.value)
    assert "@word" not in str(raised.value)


def test_a_restarted_server_is_found_again(postgres_server):
    """While the server is away that is said, and afterwards the same ledger goes on with what it had."""
    with PostgresServer(fsync=False) as server, Ledger.open(server.fresh_database()) as ledger:
        ledger.events.append(Event("before"))
        server.stop(immediate=True)
        with pytest.raises(RecordAway, match="refused") as raised:
            ledger.events.append(Event("lost"))
        assert "start the server" in raised.value.hint
        server.start()
        ledger.events.append(Event("after"))
        assert [e.event.kind for e in ledger.events.since()] == ["before", "after"]


def test_a_server_that_dies_inside_a_transaction_keeps_nothing_of_it(postgres_server):
    """The writer is told, and what it wrote so far in that transaction is not there later."""
    with PostgresServer(fsync=False) as server, Ledger.open(server.fresh_database()) as ledger:
        with pytest.raises(RecordAway) as raised, ledger.write():
            ledger.events.append(Event("half"))
            server.stop(immediate=True)
            ledger.events.append(Event("other half"))
        assert "run again" in raised.value.hint
        server.start()
        assert ledger.events.since() == []


def test_a_writer_that_waits_in_vain_is_told(postgres):
    """As on SQLite, another process's transaction is waited for, and then named as the cause."""
    with (
        Ledger.open(postgres) as first,
        Ledger.open(postgres, busy_s=0.05) as second,
        first.write(),
        pytest.raises(OutsideFault, match="lock timeout") as raised,
    ):
        second.events.append(Event("x"))
    assert "another process is writing" in raised.value.hint


def test_a_writer_that_hangs_loses_its_turn(postgres, monkeypatch):
    """A transaction in which nothing happens any more is ended by the server; others go on."""
    monkeypatch.setattr(room, "_IDLE_S", 1)
    with Ledger.open(postgres) as hanging, Ledger.open(postgres) as other:
        with pytest.raises(OutsideFault), hanging.write():
            hanging.events.append(Event("hanging"))
            other.events.append(Event("other"))
            hanging.events.append(Event("too late"))
        assert [e.event.kind for e in hanging.events.since()] == ["other"]


def test_names_are_in_one_order_everywhere(postgres):
    """The order of names does not depend on the language that the database was made for."""
    english = changed(postgres, database=f"{make_url(postgres).database}_en")
    name = make_url(english).database
    kind = "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en'"
    ask(postgres, f"CREATE DATABASE {name} {kind}")
    names = ["B", "_x", "a", "a-b", "a/b", "aa"]
    with Ledger.open(english) as ledger:
        ledger.states.put([RepoRecord("c", name, "proposed") for name in reversed(names)])
        for each in ("a", "B"):
            ledger.campaigns.put(each, description="", spec_path="", spec={})
        assert [r.repo for r in ledger.states.all("c")] == names
        assert [r.repo for r in ledger.states.brief("c")] == names
        assert [c.name for c in ledger.campaigns.all()] == ["B", "a"]


def test_a_forked_process_does_no_harm(postgres):
    """The end of a forked child does not close the connections that it shares with its parent."""
    with Ledger.open(postgres) as ledger:
        ledger.events.append(Event("before"))
        child = os.fork()
        if child == 0:
            ledger.close()
            os._exit(0)
        os.waitpid(child, 0)
        ledger.events.append(Event("after"))
        assert [e.event.kind for e in ledger.events.since()] == ["before", "after"]


def test_threads_share_a_ledger(postgres):
    """Many threads write through one ledger, more than it keeps connections."""
    with Ledger.open(postgres) as ledger:
        threads = [
            threading.Thread(target=ledger.events.append, args=(Event("x", str(n)),)) for n in range(40)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(ledger.events.since()) == 40

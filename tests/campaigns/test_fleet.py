"""The fleet file: what it means, and what its errors say."""

from pathlib import Path

import pytest

from softwright.campaigns.addresses import name_of
from softwright.campaigns.fleet import FleetFile, Selection, parse_fleet, read_fleet, select
from softwright.campaigns.fleet_edit import NewEntries, add_repos, new_fleet
from softwright.core import Fleet, InvalidInput, Repo


def fleet_of(folder: Path, text: str) -> FleetFile:
    """The text as a fleet file in the folder."""
    return parse_fleet(text, folder / "fleet.toml")


def folders(root: Path, *names: str) -> None:
    """Make bare git repositories, as far as the fleet file looks."""
    for name in names:
        (root / name / "objects").mkdir(parents=True)
        (root / name / "HEAD").write_text("ref: refs/heads/main\n")


def check_error(folder: Path, text: str, line: int, *words: str) -> None:
    """The text is refused, with the line and all the words."""
    with pytest.raises(InvalidInput) as caught:
        fleet_of(folder, text)
    assert caught.value.where.startswith(f"{folder}/fleet.toml:{line}"), caught.value.where
    for word in words:
        assert word in str(caught.value)


def test_urls_paths_and_globs(tmp_path: Path) -> None:
    """Each kind of entry gives repositories, in the order written, with defaults filled in."""
    folders(tmp_path, "co/b.git", "co/a", "co/old-x", "one")
    (tmp_path / "co" / "plain").mkdir()
    found = fleet_of(
        tmp_path,
        """
        name = "pay"
        [defaults]
        tags = ["all"]
        owners = ["@platform"]
        [[repos]]
        glob = "co/*"
        exclude = ["old-*"]
        prefix = "co/"
        tags = ["local"]
        [[repos]]
        url = "https://git.example.org/pay/api.git"
        branch = "release"
        owners = ["@pay"]
        [[repos]]
        path = "./one/"
        name = "first"
        """,
    )
    assert found.notes == ()
    assert found.fleet == Fleet(
        "pay",
        (
            Repo("co/a", f"{tmp_path}/co/a", "", frozenset({"all", "local"}), ("@platform",)),
            Repo("co/b", f"{tmp_path}/co/b.git", "", frozenset({"all", "local"}), ("@platform",)),
            Repo("pay/api", "https://git.example.org/pay/api.git", "release", frozenset({"all"}), ("@pay",)),
            Repo("first", f"{tmp_path}/one", "", frozenset({"all"}), ("@platform",)),
        ),
    )


def test_an_entry_of_its_own_wins_over_a_glob(tmp_path: Path) -> None:
    """A repository that is named on its own keeps that entry's settings, wherever the glob stands."""
    folders(tmp_path, "a", "b")
    found = fleet_of(tmp_path, '[[repos]]\nglob = "*"\n[[repos]]\npath = "a"\ntags = ["x"]\n')
    assert [(repo.name, sorted(repo.tags)) for repo in found.fleet.repos] == [("b", []), ("a", ["x"])]


def test_a_glob_that_finds_nothing_is_noted(tmp_path: Path) -> None:
    """An empty glob does not stop the others; it is told with its line."""
    found = fleet_of(tmp_path, '[[repos]]\nglob = "none/*"\n[[repos]]\nurl = "https://h/o/x"\n')
    assert [repo.name for repo in found.fleet.repos] == ["o/x"]
    assert "fleet.toml:2" in found.notes[0]
    assert "none/*" in found.notes[0]


def test_empty_file_is_an_empty_fleet(tmp_path: Path) -> None:
    """A fleet may have no repositories; its name is then the file's."""
    assert fleet_of(tmp_path, "").fleet == Fleet("fleet")


ONE = '[[repos]]\nurl = "https://h/o/a"\n'


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("name = ", 1, ["not valid TOML"]),
        ('name = "x"\n\n[[repos]\n', 3, ["not valid TOML"]),
        ("nme = 1\n", 1, ["unknown key `nme`", "did you mean `name`"]),
        ("\nname = 3\n", 2, ["`name` must be a text"]),
        ('[defaults]\ntag = ["x"]\n', 2, ["unknown key `tag`", "`tags`"]),
        (f'{ONE}\n[[repos]]\nurll = "x"\n', 5, ["unknown key `urll`", "did you mean `url`"]),
        ("[[repos]]\ntags = []\n", 1, ["exactly one of `url`, `path`, `glob`", "none"]),
        ('[[repos]]\nurl = "https://h/a"\npath = "b"\n', 1, ["url and path"]),
        ('[[repos]]\nurl = "https://h/a"\ntags = "x"\n', 3, ["`tags` must be a list of texts"]),
        ('[[repos]]\nurl = "https://h/a"\ntags = [1]\n', 3, ["`tags` must be a list of texts"]),
        ('[[repos]]\n# the token\nurl = "https://bob:hunter2@h/a"\n', 3, ["bob:***", "credential helper"]),
        ('[[repos]]\nurl = "ext::sh -c x"\n', 2, ["run commands"]),
        ('[[repos]]\nurl = "ftp://h/a"\n', 2, ["`ftp://`", "https"]),
        ('[[repos]]\nurl = "../x"\n', 2, ["relative path", "`path`"]),
        ('[[repos]]\nurl = "--upload-pack=x"\n', 2, ["not an address"]),
        ('[[repos]]\nurl = "https://h/a"\nname = "../x"\n', 2, ["cannot be the name"]),
        ('[[repos]]\nglob = "*"\nname = "x"\n', 2, ["use `prefix`"]),
        (f'{ONE}[[repos]]\nurl = "https://g/o/a"\n', 4, ["two repositories are called `o/a`", "line 2"]),
        (f'{ONE}[[repos]]\nurl = "https://h/o/a.git/"\nname = "b"\n', 4, ["twice", "line 2"]),
        ("repos = 3\n", 1, ["`repos` must be"]),
        ("\n[defaults]\nbranch = 'x'\ntags = 3\n", 4, ["`tags` must be"]),
        ("repos = [3]\n", 0, ["[[repos]]"]),
    ],
)  # fmt: skip
def test_errors_name_the_line(tmp_path: Path, text: str, line: int, words: list[str]) -> None:
    """What is wrong is said with the line, what is allowed and what to do; a password is never repeated."""
    if not line:
        with pytest.raises(InvalidInput) as caught:
            fleet_of(tmp_path, text)
        assert all(word in str(caught.value) for word in words)
        return
    check_error(tmp_path, text, line, *words)
    with pytest.raises(InvalidInput) as caught:
        fleet_of(tmp_path, text)
    assert "hunter2" not in str(caught.value)


def test_one_repository_on_two_branches(tmp_path: Path) -> None:
    """The same address may be there twice for two branches, under two names."""
    entry = '[[repos]]\nurl = "https://h/o/a"\nbranch = "{0}"\nname = "a-{0}"\n'
    assert len(fleet_of(tmp_path, entry.format("x") + entry.format("y")).fleet.repos) == 2


def test_unreadable_files(tmp_path: Path) -> None:
    """A missing, unreadable or undecodable file is told plainly."""
    with pytest.raises(InvalidInput, match="softwright fleet init"):
        read_fleet(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
    with pytest.raises(InvalidInput, match="not UTF-8"):
        read_fleet(tmp_path / "latin.toml")
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_fleet(tmp_path)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://git.example.org/payments/api.git", "payments/api"),
        ("https://git.example.org/group/sub/api/", "sub/api"),
        ("https://git.example.org/api", "api"),
        ("git@host:team/tool.git", "team/tool"),
        ("ssh://git@host:2222/team/tool", "team/tool"),
        ("/srv/git/tool.git", "tool"),
        ("/home/x/work/tool/.git", "tool"),
        ("file:///srv/git/tool.git/", "tool"),
        ("/srv/My Tool (old)", "My-Tool-(old)"),
        ("https://host/a/.hidden", "a/hidden"),
        ("/", "repository"),
    ],
)
def test_names_from_addresses(address: str, name: str) -> None:
    """A name is taken from the address: the last two steps on a server, the folder locally."""
    assert name_of(address) == name


FLEET = Fleet(
    "f",
    (
        Repo("pay/api", "u1", tags=frozenset({"py", "svc"})),
        Repo("pay/web", "u2", tags=frozenset({"js", "svc"})),
        Repo("tools", "u3", tags=frozenset({"py"})),
    ),
)


@pytest.mark.parametrize(
    ("selection", "names"),
    [
        (Selection(), ["pay/api", "pay/web", "tools"]),
        (Selection(tags=("py",)), ["pay/api", "tools"]),
        (Selection(tags=("py", "svc")), ["pay/api"]),
        (Selection(repos=("pay/*",)), ["pay/api", "pay/web"]),
        (Selection(repos=("*api", "tools"), tags=("py",)), ["pay/api", "tools"]),
        (Selection(exclude=("pay/*",)), ["tools"]),
    ],
)
def test_selection(selection: Selection, names: list[str]) -> None:
    """All tags, any of the globs, none of the excluded ones."""
    assert [repo.name for repo in select(FLEET, selection).repos] == names


def test_selecting_nothing_by_mistake(tmp_path: Path) -> None:
    """A tag or glob that fits nothing at all is an error with the nearest word, not an empty fleet."""
    with pytest.raises(InvalidInput, match="did you mean `svc`"):
        select(FLEET, Selection(tags=("scv",)))
    with pytest.raises(InvalidInput, match="matches `x/\\*`"):
        select(FLEET, Selection(repos=("x/*",)))


def test_adding_keeps_what_people_wrote(tmp_path: Path) -> None:
    """Comments, order and spacing stay byte for byte; the new entries come after."""
    file = tmp_path / "fleet.toml"
    written = '# ours\nname   =  "x"   # odd\n\n[[repos]]   # first\nurl = "https://h/o/a"\n\n# the end\n'
    file.write_text(written)
    added = add_repos(file, NewEntries(["git@h:o/b.git", "https://h/o/a"], branch="dev", tags=('q"', "t")))
    text = file.read_text()
    assert text.startswith(written.rstrip())
    assert [repo.name for repo in added] == ["o/b"]
    assert read_fleet(file).fleet.repos[1] == Repo("o/b", "git@h:o/b.git", "dev", frozenset({'q"', "t"}))
    assert add_repos(file, NewEntries(["git@h:o/b.git"])) == []
    assert file.read_text() == text


def test_adding_local_paths_and_globs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths below the file's folder are written relative to it; others absolute."""
    monkeypatch.chdir(tmp_path)
    folders(tmp_path, "in/a", "in/b", "out")
    file = tmp_path / "in" / "fleet.toml"
    new_fleet(file, 'the "x"')
    assert read_fleet(file).fleet == Fleet('the "x"')
    assert [repo.name for repo in add_repos(file, NewEntries(["in/a", "out"], owners=("@o",)))] == [
        "a",
        "out",
    ]
    assert [repo.name for repo in add_repos(file, NewEntries(["in/*"]))] == ["b"]
    assert 'path = "a"' in file.read_text()
    assert f'path = "{tmp_path}/out"' in file.read_text()
    assert 'glob = "*"' in file.read_text()
    with pytest.raises(InvalidInput, match="exists already"):
        new_fleet(file, "y")


@pytest.mark.parametrize("address", ["nothing/here", "https://a:b@h/x", "ext::x", ""])
def test_a_refused_addition_leaves_the_file(tmp_path: Path, address: str) -> None:
    """When one address is refused, nothing is added."""
    file = tmp_path / "fleet.toml"
    new_fleet(file, "x")
    before = file.read_bytes()
    with pytest.raises(InvalidInput):
        add_repos(file, NewEntries(["https://h/o/good", address]))
    assert file.read_bytes() == before
    assert [place.name for place in tmp_path.iterdir()] == ["fleet.toml"]


def test_adding_a_clash_of_names(tmp_path: Path) -> None:
    """An addition whose name is taken is refused with the way out; `--name` is for one address only."""
    file = tmp_path / "fleet.toml"
    new_fleet(file, "x")
    add_repos(file, NewEntries(["https://h/o/a"]))
    with pytest.raises(InvalidInput, match="called `o/a`"):
        add_repos(file, NewEntries(["https://g/o/a"]))
    assert [repo.name for repo in add_repos(file, NewEntries(["https://g/o/a"], name="other"))] == ["other"]
    with pytest.raises(InvalidInput, match="--name"):
        add_repos(file, NewEntries(["https://g/1", "https://g/2"], name="n"))


def test_inline_tables_are_not_edited(tmp_path: Path) -> None:
    """A file that writes `repos` inline is read, but editing says how to rewrite it."""
    file = tmp_path / "fleet.toml"
    file.write_text('repos = [{url = "https://h/o/a"}]\n')
    assert len(read_fleet(file).fleet.repos) == 1
    with pytest.raises(InvalidInput, match=r"\[\[repos\]\]"):
        add_repos(file, NewEntries(["https://h/o/b"]))

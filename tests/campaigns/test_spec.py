"""Campaign files: what is read, and what is said of the wrong ones."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from softwright.campaigns.load import named_rule
from softwright.campaigns.spec import CommandStep, PythonStep, RuleStep
from softwright.campaigns.spec_file import campaign_schema_text, load_campaign, parse_campaign
from softwright.core import InvalidInput

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "campaign.schema.json"

WHOLE = """\
name: aware-clocks
description: Use timezone-aware clocks
fleet: {tags: [python], repos: ["pay/*"], exclude: ["pay/old"]}
select: |
  -- only what calls it
  SELECT repo, path FROM calls WHERE resolved = 'datetime.datetime.utcnow'
change:
  - rule: datetime-utcnow
  - command: [ruff, check, --fix, .]
    wall_s: 20
    net: false
  - python: ./tidy.py:tidy
    files: ["src/**/*.py"]
check:
  - parse
  - types: {checker: pyrefly}
  - command: pytest -q
    name: tests
deliver:
  branch: fleet/{campaign}
  message: "{description} in {files} files of {repo}"
  author: Platform Team <platform@example.org>
  trailers: {Campaign: aware-clocks}
  date: 2026-05-01T12:00:00Z
  approval: none
  throttle: {per_minute: 10}
"""


def test_a_whole_file_is_read():
    """Every part of a campaign file arrives in the specification."""
    spec = parse_campaign(WHOLE, "c.yaml")
    assert [type(step) for step in spec.change] == [RuleStep, CommandStep, PythonStep]
    assert spec.branch == "fleet/aware-clocks"
    assert spec.selects_by_sql
    assert spec.deliver.throttle.per_minute == 10
    assert spec.change[1].limits() == {"wall_s": 20, "net": False}
    assert spec.check[2].command == ("pytest", "-q")


def test_the_schema_accepts_the_same_file():
    """The published JSON Schema accepts what the program accepts, and is up to date."""
    assert SCHEMA.read_text() == campaign_schema_text()
    plain = json.loads(json.dumps(yaml.safe_load(WHOLE), default=str))
    jsonschema.validate(plain, json.loads(SCHEMA.read_text()))


HEAD = "name: a\ndescription: d\n"


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        (HEAD, "c.yaml:1:1", "`change` is missing"),
        (HEAD + "chnage:\n  - rule: x\n", "c.yaml:3:1", "did you mean `change`"),
        (HEAD + "change:\n  - rule: x\nchek: [parse]\n", "c.yaml:5:1", "did you mean `check`"),
        (HEAD + "change:\n  - rul: x\n", "c.yaml:4:5", "did you mean `rule`"),
        (HEAD + "change:\n  - {rule: x, command: [y]}\n", "c.yaml:4:6", "exactly one"),
        (HEAD + "change:\n  - command: [y]\n    wal_s: 3\n", "c.yaml:5:5", "did you mean `wall_s`"),
        (
            HEAD + "change:\n  - rule: x\ncheck:\n  - types: {chek: ty}\n",
            "c.yaml:6:13",
            "did you mean `checker`",
        ),
        (HEAD + "change:\n  - python: tidy\n", "c.yaml:4:5", "change.0.python"),
        (HEAD + "change:\n  - rule: x\ncheck: [parse, typs]\n", "c.yaml:5:16", "did you mean `types`"),
        (HEAD + "change:\n  - rule: x\ndeliver: {branh: b}\n", "c.yaml:5:11", "did you mean `branch`"),
        (HEAD + "change:\n  - rule: x\ndeliver: {author: me}\n", "c.yaml:5:11", "no person"),
        (HEAD + "change:\n  - rule: x\ndeliver: {message: '{fils}'}\n", "c.yaml:5:11", "no placeholder"),
        (HEAD + "change:\n  - rule: x\ndeliver: {message: '{'}\n", "c.yaml:5:11", "deliver.message"),
        (HEAD + "change:\n  - rule: x\ndeliver: {date: 2026-01-01T00:00:00}\n", "c.yaml:5:11", "zone"),
        (HEAD + "change: []\n", "c.yaml:3:1", "at least one entry"),
        (HEAD + "change:\n  - rule: x\ndeliver: {branch: '{repo}/x'}\n", "c.yaml:5:11", "allowed: campaign"),
        (HEAD + "change:\n  - rule: x\ndeliver: {branch: '{campaign!r}'}\n", "c.yaml:5:11", "no format"),
        (HEAD + "change:\n  - rule: x\ndeliver: {branch: a b}\n", "c.yaml:5:11", "holds a space"),
        (HEAD + "change:\n  - rule: x\ndeliver: {branch: a..b}\n", "c.yaml:5:11", "holds `..`"),
        (HEAD + "change:\n  - rule: x\ndeliver: {branch: -x}\n", "c.yaml:5:11", "begins with `-`"),
        (HEAD + "change:\n  - rule: x\ndeliver: {branch: HEAD}\n", "c.yaml:5:11", "present commit"),
        (HEAD + "change:\n  - rule: x\ndeliver: {branch: refs/heads/x}\n", "c.yaml:5:11", "full name"),
        (HEAD + "change:\n  - rule: x\ndeliver: {message: '{sites:,}'}\n", "c.yaml:5:11", "no format"),
        ("name: a.lock\ndescription: d\nchange:\n  - rule: x\n", "c.yaml:1:1", "ends with `.lock`"),
        ("name: A b\ndescription: d\nchange:\n  - rule: x\n", "c.yaml:1:1", "letters, digits"),
        ("name: a\nchange:\n  - rule: x\n", "c.yaml:1:1", "`description` is missing"),
        ("name: a\nname: b\n", "c.yaml:2:1", "twice"),
        ("name: a\n  x: [}", "c.yaml:2:4", "not YAML"),
        ("name: !!python/object:os.system x\n", "c.yaml:1:7", "not YAML"),
        ("- a\n", "c.yaml", "mapping"),
        ("", "c.yaml", "`name` is missing"),
    ],
)
def test_wrong_files_are_explained_at_their_place(text, place, said):
    """Each mistake is told with file, line and column, and the nearest allowed word."""
    with pytest.raises(InvalidInput) as raised:
        parse_campaign(text, "c.yaml")
    assert raised.value.where == place
    assert said in f"{raised.value.message} {raised.value.hint}"


def test_aliases_of_aliases_are_refused():
    """A small text that stands for a huge one is refused quickly."""
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
    )
    with pytest.raises(InvalidInput, match="more than"):
        parse_campaign(bomb, "c.yaml")


def test_unreadable_files_are_named(tmp_path):
    """A file that is absent, or not UTF-8, is named with the cure."""
    with pytest.raises(InvalidInput, match="No such file") as raised:
        load_campaign(tmp_path / "none.yaml")
    assert "campaign new" in raised.value.hint
    (tmp_path / "latin.yaml").write_bytes("name: é".encode("latin-1"))
    with pytest.raises(InvalidInput, match="not UTF-8"):
        load_campaign(tmp_path / "latin.yaml")


@pytest.mark.parametrize(
    ("rest", "name", "place"),
    [
        ("change:\n  - command: [x]\n  - rule: datetime-utcnwo\n", "datetime-utcnwo", "c.yaml:5:5"),
        ("select: datetime-utcnwo\nchange:\n  - rule: x\n", "datetime-utcnwo", "c.yaml:3:1"),
        ("change:\n  - rule: rules/gone.md\n", "rules/gone.md", "c.yaml:4:5"),
    ],
)
def test_a_rule_that_is_not_there_is_told_with_its_place(
    tmp_path: Path, rest: str, name: str, place: str
) -> None:
    """A misspelt rule is complained of with file, line and column, and the nearest name where one is near."""
    path = tmp_path / "c.yaml"
    path.write_text(HEAD + rest)
    load_campaign(path)
    with pytest.raises(InvalidInput) as caught:
        named_rule((), path, name)
    assert str(caught.value).startswith(f"{tmp_path}/{place}: there is no rule")
    assert name.endswith(".md") or "did you mean `datetime-utcnow`" in str(caught.value)


OUTSIDE = """\
deliver:
  change_request: {title: "{description} in {repo}", body: "{sites}: {commit}", draft: true, labels: [a, b]}
  comment: {pushed: "", closed: "over: {reason}"}
notify: {mail: [team@example.org]}
"""


def test_change_requests_and_mail_are_read():
    """What the file says about forges and people arrives, and the schema accepts it."""
    spec = parse_campaign(HEAD + "change:\n  - rule: x\n" + OUTSIDE, "c.yaml")
    assert spec.deliver.change_request.labels == ("a", "b")
    assert spec.deliver.comment.pushed == ""
    assert spec.notify.mail == ("team@example.org",)
    plain = yaml.safe_load(HEAD + "change:\n  - rule: x\n" + OUTSIDE)
    jsonschema.validate(plain, json.loads(SCHEMA.read_text()))
    assert parse_campaign(HEAD + "change:\n  - rule: x\n", "c.yaml").deliver.change_request is None


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("deliver: {change_request: {titel: x}}", "did you mean `title`?"),
        ("deliver: {change_request: {title: '{reason}'}}", "`{reason}` is no placeholder here"),
        ("deliver: {change_request: {title: ''}}", "it is empty"),
        ("deliver: {comment: {closed: '{why}'}}", "`{why}` is no placeholder here"),
        ("notify: {mail: [team]}", "`team` is no mail address"),
    ],
)
def test_what_is_wrong_about_forges_and_mail_is_told(part: str, said: str):
    """Unknown keys, words and addresses are complained of with their line."""
    with pytest.raises(InvalidInput) as raised:
        parse_campaign(HEAD + "change:\n  - rule: x\n" + part + "\n", "c.yaml")
    assert said in f"{raised.value.message} {raised.value.hint}"
    assert raised.value.where.startswith("c.yaml:5:")


def test_a_title_needs_its_description():
    """The title is the description unless the file says otherwise."""
    text = "name: a\nchange:\n  - rule: x\ndeliver: {message: m, change_request: {}}\n"
    with pytest.raises(InvalidInput, match="title of the change requests"):
        parse_campaign(text, "c.yaml")

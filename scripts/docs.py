"""Write the generated documentation, or with `--check` say what is stale.

Each page or marked block below is made from the code it documents, so it cannot drift. A block
stands in a page between `<!-- generated: NAME -->` and `<!-- end -->`.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer
from rule_library import library_page

from softwright.app.facts import describe_tables, schema_markdown
from softwright.app.settings import Settings
from softwright.campaigns.spec_file import campaign_schema_text
from softwright.cli.main import root
from softwright.rewrite.rule_schema import rule_schema

HERE = Path(__file__).resolve().parent.parent
FOUND = {
    "forges": "none",
    "home": "`softwright` in the user's data folder (`~/.local/share/softwright` on Linux)",
    "workers": "the CPUs that this process may use",
}
"""Defaults that are found on the machine, in words."""
BLOCK = re.compile(r"(<!-- generated: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every command with its full name, groups before what is in them."""
    yield path, command
    if hasattr(command, "list_commands"):
        context = typer.Context(command, info_name=path)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                yield from commands(child, f"{path} {name}")


def option_row(parameter: Any, context: Any) -> str:
    """One table row: how to write the option or argument, and what it does."""
    record = parameter.get_help_record(context)
    if record is None:
        return ""
    name, text = (re.sub(r"\s+", " ", part).replace("|", "\\|") for part in record)
    return f"| `{name}` | {text} |\n"


def command_page() -> str:
    """The reference of the whole command line."""
    out = ["# Command line\n\nMade from the commands' own help by `make fix`.\n"]
    for path, command in commands(typer.main.get_command(root), "softwright"):
        context = typer.Context(command, info_name=path)
        usage = " ".join(command.collect_usage_pieces(context))
        out.append(f"\n{'##' if path.count(' ') < 2 else '###'} `{path}`\n\n```\n{path} {usage}\n```\n\n")
        text = re.sub(r"[\b\f]\n?", "", command.help or "").strip()
        out.append(f"{text}\n" if text else "")
        rows = "".join(
            option_row(each, context) for each in command.get_params(context) if each.name != "help"
        )
        out.append(f"\n| | |\n|---|---|\n{rows}" if rows else "")
    return "".join(out)


def settings_table() -> str:
    """Every setting with its environment variable, default and meaning.

    A default that is found on the machine is put in words in `FOUND`.
    """
    source = (HERE / "src/softwright/app/settings.py").read_text()
    rows = ["| in `softwright.toml` | environment | default | meaning |\n|---|---|---|---|\n"]
    for name, field in Settings.model_fields.items():
        default = FOUND[name] if field.default_factory else shown_default(field.default)
        found = re.search(rf'^    {name}: .*?\n    """(.*?)"""', source, re.MULTILINE | re.DOTALL)
        meaning = re.sub(r"\s+", " ", found.group(1)) if found else ""
        rows.append(f"| `{name}` | `SOFTWRIGHT_{name.upper()}` | {default} | {meaning} |\n")
    return "".join(rows)


def shown_default(value: object) -> str:
    """A default as it is written in the file; "none" for nothing."""
    if value is None or value == "":
        return "none"
    listed = [str(each) for each in value] if isinstance(value, tuple) else None
    text = json.dumps(listed or (value if isinstance(value, int | float | bool) else str(value)))
    return f"`{text}`"


def rule_schema_page() -> str:
    """The JSON Schema of rule files."""
    return json.dumps(rule_schema(), indent=2, ensure_ascii=False) + "\n"


def facts_tables() -> str:
    """Every table of the facts with its columns."""
    return schema_markdown(describe_tables())


PAGES: dict[str, Callable[[], str]] = {
    "docs/reference/cli.md": command_page,
    "docs/schema/rule.schema.json": rule_schema_page,
    "docs/schema/campaign.schema.json": campaign_schema_text,
    "docs/rule-library.md": library_page,
}
BLOCKS: dict[str, Callable[[], str]] = {"settings": settings_table, "facts-schema": facts_tables}


def fill(text: str, where: Path) -> str:
    """The page with each of its generated blocks made anew."""

    def made(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in BLOCKS:
            sys.exit(f"{where}: unknown generated block `{name}`; allowed: {', '.join(BLOCKS)}")
        return f"{match[1]}{BLOCKS[name]()}{match[3]}"

    return BLOCK.sub(made, text)


def main() -> int:
    """Write what is stale; with `--check` only name it, and give 1 when there is any."""
    wanted = {HERE / path: make() for path, make in PAGES.items()}
    for page in [HERE / "README.md", *sorted((HERE / "docs").rglob("*.md"))]:
        if page not in wanted:
            wanted[page] = fill(page.read_text(), page)
    stale = [page for page, text in wanted.items() if not page.exists() or page.read_text() != text]
    for page in stale:
        print(("stale: " if "--check" in sys.argv else "wrote: ") + str(page.relative_to(HERE)))
        if "--check" not in sys.argv:
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(wanted[page])
    if stale and "--check" in sys.argv:
        print("run `make fix` and commit the result")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

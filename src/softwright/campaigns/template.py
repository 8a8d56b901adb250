"""The campaign file that `campaign new` writes."""

import re
from collections.abc import Sequence
from pathlib import Path

from softwright.core import InvalidInput

_TEXT = """\
name: @NAME@
description: Say in one line what changes and why

# Repositories: all of the fleet file, unless narrowed.
fleet:
  file: fleet.toml
  # tags: [python]
  # repos: ["payments/*"]
  # exclude: ["payments/legacy"]

# Only these files: SQL over the facts, or a rule's name. Without it the rules find their own sites.
# select: |
#   SELECT repo, path FROM files WHERE language = 'python' AND NOT is_generated

change:
@STEPS@
  # - command: [ruff, check, --fix, .]
  # - python: ./tidy.py:tidy

check:
  - parse
  - types
  - lint
  - secrets
  # - {name: tests, command: pytest -q, wall_s: 600}

deliver:
  branch: softwright/{campaign}
  message: "{description}"
  author: Softwright <softwright@localhost>
  # trailers: {Campaign: @NAME@}
  approval: required
  # automatic: true  # workers push what is approved by themselves
  # change_request: {title: "{description}", labels: []}  # opened at the forge; docs/settings.md
  throttle: {per_minute: 60, per_host: 2}

# notify: {mail: [team@example.org]}  # when it waits for a decision, and when it is closed
"""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")


def campaign_template(name: str, rules: Sequence[str]) -> str:
    """The text of a campaign file with every part in it, the optional ones as comments."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"`{name}` cannot be the name of a campaign", hint="use lower-case letters, digits, `.`, `_`, `-`"
        )
    steps = "\n".join(f"  - rule: {rule}" for rule in rules or ("RULE-ID",))
    return _TEXT.replace("@NAME@", name).replace("@STEPS@", steps)


def write_template(place: Path, name: str, rules: Sequence[str]) -> None:
    """Write the text to a new file. Raises InvalidInput when there is one already, or none can be made."""
    text = campaign_template(name, rules)
    try:
        with place.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise InvalidInput(
            "there is a file of this name already", where=str(place), hint="choose another name, or --to FILE"
        ) from error
    except OSError as error:
        raise InvalidInput(
            f"cannot write the file: {error.strerror}",
            where=str(place),
            hint="name a file in a folder that is there and can be written",
        ) from error

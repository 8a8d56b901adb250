"""Groups whose commands are imported when they are used."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, ClassVar

from typer.core import TyperGroup


# typer carries a private copy of click, whose types have no public name: hence the `Any`s below.
class LazyGroup(TyperGroup):
    """A group that knows the names of its commands; what makes a command of a name is added by each."""

    names: ClassVar[Mapping[str, object]] = {}
    """The commands, in the order they are listed in."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Every command's name."""
        return [*self.names]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is meant; for a wrong word the nearest, or all of them, are named."""
        word = args[0] if args else ""
        if word and not word.startswith("-") and word not in self.names:
            near = get_close_matches(word, self.names)
            said = f"Did you mean {' or '.join(map(repr, near))}?" if near else ""
            ctx.fail(f"No such command {word!r}. {said or 'There are ' + ', '.join(self.names) + '.'}")
        return super().resolve_command(ctx, args)

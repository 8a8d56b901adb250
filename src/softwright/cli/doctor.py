"""`softwright doctor`: what works on this machine."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from softwright.app import House
from softwright.app import doctor as use
from softwright.cli.show import out, show_json, show_table
from softwright.core import PrerequisiteMissing

app = typer.Typer(add_completion=False)


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Try everything that matters on this machine; say what works, what falls back and what would help.

    Nothing is installed or changed. Exit code 0 when all that is required works, 3 when not.

    Examples: softwright doctor; softwright doctor --json
    """
    probes = use.examine(House())
    missing = [each for each in probes if each.required and not each.ok]
    if as_json:
        show_json([asdict(each) for each in probes])
    else:
        rows = [(_mark(each.ok, each.required), each.name, each.found, each.fallback) for each in probes]
        show_table(["", "what", "found", "falls back to"], rows)
        for each in probes:
            if each.improve:
                out.print(Text.assemble((f"{each.name}: ", "bold"), each.improve), soft_wrap=True)
        if not missing:
            out.print("\nall that is required works")
    if missing:
        names = ", ".join(each.name for each in missing)
        raise PrerequisiteMissing(f"required, but does not work: {names}", hint="what would mend it is above")


def _mark(ok: bool, required: bool) -> Text:
    if ok:
        return Text("ok", style="green")
    return Text("missing", style="bold red") if required else Text("no", style="yellow")

"""Draw docs/images/campaign.svg: what `campaign status` really prints after `make demo`."""

import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
TARGET = HERE / "docs/images/campaign.svg"
FONT = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)


def main() -> int:
    """Write the picture; needs the demo's work folder."""
    work = HERE / "demo-work"
    if not work.is_dir():
        print("picture: run `make demo` first: the picture shows its campaign", file=sys.stderr)
        return 2
    os.chdir(work)
    os.environ.update(SOFTWRIGHT_HOME=str(work / "home"), FORCE_COLOR="1", COLUMNS="104")
    from softwright.cli import main as softwright
    from softwright.cli.show import out

    out.record = True
    try:
        softwright(["campaign", "status", "aware-times"])
    except SystemExit as done:
        if done.code:
            return int(done.code)
    svg = out.export_svg(title="softwright campaign status aware-times")
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    # Rich's picture loads a font from a network address; the reader's own monospace will do.
    TARGET.write_text(FONT.sub("", svg).replace("Fira Code", "ui-monospace"))
    return 0


if __name__ == "__main__":
    sys.exit(main())

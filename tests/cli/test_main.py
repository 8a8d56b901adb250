"""The root command."""

import subprocess
import sys


def test_help_loads_no_noun():
    """`softwright --help` imports none of the commands it lists."""
    code = (
        "import sys\n"
        "from softwright.cli.main import NOUNS, root\n"
        "try:\n    root(['--help'])\nexcept SystemExit:\n    pass\n"
        "print([module for module, _ in NOUNS.values() if module in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "campaign" in done.stdout

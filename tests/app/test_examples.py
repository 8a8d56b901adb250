"""The examples in `docs/examples` are what the systems they are for take, and what our command line takes."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest
import typer
import yaml

from softwright.cli.worker import app

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
UNIT = EXAMPLES / "softwright-worker.service"


def options(words: list[str]) -> dict[str, object]:
    """What `softwright worker` reads from its words. Fails on those it does not know."""
    command = typer.main.get_command(app)
    return dict(command.make_context("worker", list(words)).params)


def unit() -> configparser.SectionProxy:
    """The service of the unit."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(UNIT)
    return parser["Service"]


def test_the_unit_is_one():
    """systemd itself finds nothing wrong with it."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    ran = subprocess.run(["systemd-analyze", "verify", UNIT], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_unit_starts_a_worker_and_lets_it_end():
    """Its words are those of our command; systemd waits longer than the worker, and asks only that one."""
    service = unit()
    program, *words = service["ExecStart"].partition("softwright ")[2].split()
    assert program == "worker"
    assert options(words)["grace"] < int(service["TimeoutStopSec"])
    assert (service["KillMode"], service["Restart"]) == ("mixed", "always")
    assert "\nStartLimitIntervalSec=0\n" in UNIT.read_text(), "it gives up after a few starts"


def test_the_manifest_has_a_job_for_tables_and_workers_that_leave_them_alone():
    """Each container's words are those of our command; Kubernetes waits longer than the worker."""
    documents = {one["kind"]: one for one in yaml.safe_load_all((EXAMPLES / "kubernetes.yaml").read_text())}
    job = documents["Job"]["spec"]["template"]["spec"]["containers"][0]
    assert job["command"] == ["softwright", "migrate"]
    pod = documents["Deployment"]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert container["command"] == ["softwright", "worker"]
    wish = options(container["args"])
    assert wish["no_migrate"]
    assert wish["grace"] < pod["terminationGracePeriodSeconds"]
    assert wish["metrics_port"] == container["ports"][0]["containerPort"]
    labels = documents["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert documents["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    for one in (job, container):
        assert one["envFrom"][0]["secretRef"]["name"] == documents["Secret"]["metadata"]["name"]

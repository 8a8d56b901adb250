"""Spans for OpenTelemetry, where its API is installed and a provider was set up by whoever runs the worker.

Without a provider the API gives spans that record nothing; without the API there is nothing at all.
"""

from collections.abc import Iterator
from contextlib import contextmanager

try:
    from opentelemetry import trace
except ImportError:  # the extra `telemetry` is not installed
    _installed = False
else:
    _installed = True


@contextmanager
def span(name: str, *, run: str, repo: str = "") -> Iterator[None]:
    """A span around a step, with the run and the repository as attributes."""
    if not _installed:
        yield
        return
    attributes = {"softwright.run": run, **({"softwright.repo": repo} if repo else {})}
    with trace.get_tracer("softwright").start_as_current_span(name, attributes=attributes):
        yield

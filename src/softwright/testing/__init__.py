"""The public kit for tests: real repositories in a line, twins of ports, suites that hold them to it."""

from softwright.testing.artefacts import ArtefactsContract
from softwright.testing.clock import FakeClock
from softwright.testing.forge_contract import ForgeContract
from softwright.testing.forge_server import FakeForge
from softwright.testing.fork_backends import ForkBackendContract
from softwright.testing.postgres import PostgresServer
from softwright.testing.repos import GitRepo
from softwright.testing.smtp_sink import SmtpSink
from softwright.testing.sources import BlobSourceContract, MemorySource
from softwright.testing.verdict_caches import VerdictCacheContract

__all__ = [
    "ArtefactsContract",
    "BlobSourceContract",
    "FakeClock",
    "FakeForge",
    "ForgeContract",
    "ForkBackendContract",
    "GitRepo",
    "MemorySource",
    "PostgresServer",
    "SmtpSink",
    "VerdictCacheContract",
]

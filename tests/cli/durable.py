"""A home with durable runs, without campaigns: runs of the campaigns' kinds that do next to nothing."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from softwright.app import House, Settings
from softwright.campaigns.runs.kinds import ALL_QUEUES, CAMPAIGN, QUEUE_OF, REPOSITORY
from softwright.core import OutsideFault
from softwright.engine import Kind, Kinds, RunState, Start, Work
from softwright.engine.durable import DurableEngine, EngineDatabase, Worker

RUN = "rename/1-0123abcd"


async def campaign(work: Work, repos: list[str]) -> str:
    """Starts a run for each repository and waits for them."""
    starts = [Start(REPOSITORY, f"{work.run}/0000/{Path(repo).name}", repo) for repo in repos]
    await work.start(starts)
    await work.join([start.id for start in starts])
    return "all"


async def repository(work: Work, repo: str) -> str:
    """One that is `bad` fails until the file it is named by is there."""
    await work.step("propose", str, repo, repo=repo)
    return await work.step("check", check, repo, repo=repo)


def check(repo: str) -> str:
    """The name, if the repository is whole."""
    if "bad" in repo and not Path(repo).exists():
        raise OutsideFault("it is broken")
    return repo


KINDS = Kinds(
    ALL_QUEUES,
    [
        Kind(CAMPAIGN, QUEUE_OF[CAMPAIGN], campaign),
        Kind(REPOSITORY, QUEUE_OF[REPOSITORY], repository),
    ],
)


class Home:
    """A home and its runs."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.house = House(Settings(home=folder, database_url=url))

    @contextmanager
    def engine(self, version: str = "1") -> Iterator[DurableEngine]:
        """The engine, which runs nothing."""
        database = EngineDatabase(self.house.engine_url)
        database.prepare()
        engine = DurableEngine(database, KINDS, version=version)
        try:
            yield engine
        finally:
            engine.close()
            database.close()

    def start(self, *repos: str, run: str = RUN, version: str = "1") -> None:
        """A campaign, waiting to be run."""
        with self.engine(version) as engine:
            assert engine.start(Start(CAMPAIGN, run, list(repos)))

    def work(self, run: str = RUN) -> None:
        """Be at work until that run has ended."""
        database = EngineDatabase(self.house.engine_url)
        logging.getLogger("dbos").handlers.clear()  # it writes to the stderr of an earlier test
        with Worker(database, KINDS, home=self.folder) as worker:
            worker.engine.ending(run, timeout_s=60)
        database.close()

    def work_on_parents(self) -> None:
        """Be at work on campaigns alone until the runs of its repositories are there, and wait."""
        database = EngineDatabase(self.house.engine_url)
        logging.getLogger("dbos").handlers.clear()
        with Worker(database, KINDS, home=self.folder, listen=["campaigns"]) as worker:
            until = monotonic() + 60
            while len(worker.engine.ids(under=RUN)) < 2:
                assert monotonic() < until
                sleep(0.05)
        database.close()

    def state(self, run: str) -> RunState:
        """The state of a run that is there."""
        with self.engine() as engine:
            info = engine.info(run)
        assert info is not None
        return info.state

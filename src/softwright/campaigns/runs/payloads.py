"""Campaign values that runs pass on and keep."""

from softwright.campaigns.detail import Detail, FileRow
from softwright.campaigns.outcome import Earlier, Proposed, RepoOutcome, RepoTask
from softwright.campaigns.state import RepoState
from softwright.campaigns.work import Work
from softwright.engine import allow

allow(Detail, Earlier, FileRow, Proposed, RepoOutcome, RepoState, RepoTask, Work)

"""What is learned from: files before and after a change."""

from dataclasses import dataclass

from softwright.core import language_of


@dataclass(frozen=True, slots=True)
class Example:
    """One file before and after; equal texts mean that the author left the file alone."""

    path: str
    before: str
    after: str
    repo: str = ""

    @property
    def language(self) -> str:
        """Its language by the path, "" when it is none that is understood."""
        return language_of(self.path)

    @property
    def is_left_alone(self) -> bool:
        """True when nothing in it may be changed."""
        return self.before == self.after

"""The only place that builds rooms from settings. Everything is built on first use and kept."""

from pathlib import Path

from softwright.app.settings import Settings, load_settings


class House:
    """The rooms, wired to one `SOFTWRIGHT_HOME`."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or load_settings()

    def folder(self, name: str) -> Path:
        """A folder of the home, made on first use."""
        path = self.settings.home / name
        path.mkdir(parents=True, exist_ok=True)
        return path

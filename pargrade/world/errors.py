"""What can be wrong with a world."""

from pathlib import Path

from pargrade.errors import PargradeError


class TooQuiet(PargradeError):
    """The chain waited for something that a service should have brought, and nothing came."""

    def __init__(self, awaited: str, seconds: float, logs: str) -> None:
        self.awaited = awaited
        self.seconds = seconds
        self.hint = f"The services' own words are in {logs}."
        super().__init__(f"no {awaited} after {seconds:.0f} s")


class ServiceEnded(PargradeError):
    """A service ended by itself."""

    def __init__(self, service: str, logs: str) -> None:
        self.service = service
        self.hint = f"Its last words are in {logs}/{service}.log."
        super().__init__(f"the {service} service ended by itself")


class AlreadyUp(PargradeError):
    """A world that another process runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hint = f"See it with `pargrade status {folder}`, end it with `pargrade down {folder}`."
        super().__init__(f"the world in {folder} is up already")


class NotUp(PargradeError):
    """No process runs this world."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hint = f"Start it with `pargrade up {folder}`."
        super().__init__(f"no world is up in {folder}")


class StillUp(PargradeError):
    """A world that was asked to end and has not ended."""

    def __init__(self, folder: Path, process: int, seconds: float) -> None:
        self.folder = folder
        self.process = process
        self.hint = f"It may still be writing its chain; process {process} runs it."
        super().__init__(f"the world in {folder} has not ended after {seconds:.0f} s")


class BadWorld(PargradeError):
    """A folder whose record of a world cannot be read."""

    hint = "Name another folder, or remove this one to begin a new world in it."

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        self.why = why
        super().__init__(f"{path} is no record of a world: {why}")

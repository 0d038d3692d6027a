"""What can be wrong with a development chain."""

from pargrade.errors import PargradeError


class MissingAnvil(PargradeError):
    """The development chain's program is not installed."""

    hint = (
        "npm install -g @foundry-rs/anvil-linux-amd64@1.7.1 (or your platform's package), "
        "or point PARGRADE_ANVIL at the program."
    )

    def __init__(self, looked: tuple[str, ...]) -> None:
        self.looked = looked
        super().__init__(f"anvil was not found in {', '.join(looked)}")


class DevnetFailed(PargradeError):
    """The development chain ended before it answered, or stopped answering."""

    hint = "Run the command again; if it fails again, run the program named by hand."

    def __init__(self, program: str, output: str) -> None:
        self.program = program
        self.output = output
        super().__init__(f"{program} did not start: {output}")

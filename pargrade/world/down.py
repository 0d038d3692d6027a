"""`pargrade down`."""

from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import AsJson
from pargrade.cli.toolkit.output import report
from pargrade.world.options import WorldFolder
from pargrade.world.place import DEFAULT_FOLDER

app = new_app()


@app.command(epilog="Example: pargrade down")
def down(folder: WorldFolder = DEFAULT_FOLDER, as_json: AsJson = False) -> None:
    """End a world that is up, as Ctrl-C does, and wait until it has ended. It is kept."""
    from pargrade.world.ending import end_world

    process = end_world(folder)
    report(
        {"folder": str(folder), "process": process},
        f"The world in {folder} has ended; `pargrade up {folder}` goes on with it.",
        as_json=as_json,
    )

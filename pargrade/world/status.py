"""`pargrade status`."""

from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import AsJson
from pargrade.cli.toolkit.output import report
from pargrade.world.options import WorldFolder
from pargrade.world.place import DEFAULT_FOLDER

app = new_app()


@app.command(epilog="Example: pargrade status")
def status(folder: WorldFolder = DEFAULT_FOLDER, as_json: AsJson = False) -> None:
    """Show a world that is up: its chain's time, the index, members, series, addresses.

    Fails when it is not up.
    """
    from pargrade.world.errors import NotUp
    from pargrade.world.place import Place, owner_of
    from pargrade.world.report import look_at

    place = Place.read(folder)
    if place is None or owner_of(folder) is None:
        raise NotUp(folder)
    sight = look_at(place)
    report(sight.to_json(), *sight.describe(), as_json=as_json)

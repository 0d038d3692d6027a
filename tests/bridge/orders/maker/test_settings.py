"""A kill file that is there, or that nobody can look for, kills."""

from bridge.orders.maker.settings import MakerSettings


def test_kill_file__there_or_out_of_reach__kills_and_nowhere_else(tmp_path):
    def is_killed(file):
        return MakerSettings.read(None, kill_file=file).is_killed

    file = tmp_path / "kill"
    assert not is_killed(None)
    assert not is_killed(file)
    file.touch()
    assert is_killed(file)
    # A name that no file system takes stands for a folder that cannot be read.
    assert is_killed(tmp_path / ("k" * 300))

"""Property tests of hedging, on machines of any speed."""

from hypothesis import settings

# A busy machine is not a failing test; a test that hangs meets pytest's own time-out.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

"""`pargrade index`: the family of indices, its methods, and what tokens are worth in it.

Commands live in modules of their own, one per group; each has an `app` and is listed here.
"""

from oracle.cli import (
    index_backtest,
    index_history,
    index_shadow,
    index_show,
    index_study,
    index_tokens,
)
from pargrade.cli.toolkit.app import new_app

app = new_app(no_args_is_help=True)


@app.callback()
def index() -> None:
    """Read the indices, compare methods, convert payment tokens."""


for group in (
    index_show,
    index_history,
    index_shadow,
    index_backtest,
    index_study,
    index_tokens,
):
    app.registered_commands += group.app.registered_commands

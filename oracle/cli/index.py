"""`pargrade index`: the family of indices, its methods, tokens in it, and what follows it.

Commands live in modules of their own, one per group; each has an `app` and is listed here.
"""

from oracle.cli import (
    index_backtest,
    index_follow,
    index_history,
    index_next,
    index_shadow,
    index_show,
    index_study,
    index_tokens,
)
from pargrade.cli.toolkit.app import new_app

app = new_app(no_args_is_help=True)


@app.callback()
def index() -> None:
    """Read the indices, compare methods, lead a running index on to the next one."""


for group in (
    index_show,
    index_history,
    index_shadow,
    index_backtest,
    index_study,
    index_tokens,
    index_next,
    index_follow,
):
    app.registered_commands += group.app.registered_commands

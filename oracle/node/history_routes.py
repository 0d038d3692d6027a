"""Every round of the chain over HTTP, in pages and as a file: of nodes of either version."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import FastAPI, Query
from fastapi.responses import Response

from oracle.node.history_pages import MOST_ROWS, HistoryForm, HistoryPages, Selection
from oracle.node.problems import describe_refusals
from pargrade.chain.block import BlockStamp

_END: Final = (1 << 40) - 1
"""After every slot."""

Digits = Annotated[int, Query(ge=0, lt=1 << 40)]
IndexName = Annotated[str, Query(max_length=64)]


def add_history(
    api: FastAPI,
    pages: HistoryPages,
    read_head: Callable[[], Awaitable[BlockStamp]],
    pack: Callable[[bytes], bytes],
) -> None:
    """Adds `/history` and `/download`. `pack` makes Parquet of JSON rows."""

    @api.get("/history", responses=describe_refusals(404, 422, 503))
    async def history(
        since: Digits = 0,
        until: Digits = _END,
        index: IndexName = "",
        limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 100,
    ) -> Response:
        head, wanted = await read_head(), Selection(index, since, until)
        page = pages.recall_page(wanted, limit, head)
        if page is None:
            page = await asyncio.to_thread(pages.page, wanted, limit, head)
        return Response(page, media_type="application/json")

    @api.get(
        "/download",
        responses={
            200: {"content": {form.media: {} for form in HistoryForm}},
            **describe_refusals(404, 413, 422, 503),
        },
        response_class=Response,
    )
    async def download(
        form: HistoryForm = HistoryForm.CSV,
        since: Digits = 0,
        until: Digits = _END,
        index: IndexName = "",
    ) -> Response:
        head, wanted = await read_head(), Selection(index, since, until)
        body = await asyncio.to_thread(pages.file, wanted, form, head, pack)
        name = f'attachment; filename="history.{form.value}"'
        return Response(body, media_type=form.media, headers={"content-disposition": name})

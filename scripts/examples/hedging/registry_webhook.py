"""A model registry says "this model is promoted", and a plan with its need is proposed.

POST /promoted with a launch as JSON, as docs/HEDGING.md has it, and its HMAC-SHA256 in the header
x-signature. The plan is written and its hash returned. Nothing is bought: a person or another job
carries it out.

HEDGE_SECRET=… python scripts/examples/hedging/registry_webhook.py [PORT]
"""

import hashlib
import hmac
import os
import sys
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from place import Place
from pydantic import ValidationError

from bridge.hedge import Launch, Outlook
from pargrade.canonical import FloatRefused, TooDeep, read_json
from pargrade.errors import PargradeError

MOST_BYTES = 16_384


def create_app(place: Place, secret: bytes) -> FastAPI:
    """The webhook's application."""
    app = FastAPI()

    @app.post("/promoted")
    async def propose(request: Request) -> dict[str, Any]:
        raw = bytearray()
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > MOST_BYTES:
                raise HTTPException(413, "more than 16 KiB")
        require_signed(bytes(raw), request.headers.get("x-signature", ""), secret)
        try:
            return plan_launch(place, Launch.model_validate(read_json(bytes(raw))))
        except ValidationError as bad:
            first = bad.errors(include_url=False)[0]
            raise HTTPException(422, f"{first['loc']}: {first['msg']}") from None
        except (FloatRefused, TooDeep, PargradeError) as refused:
            raise HTTPException(422, str(refused)) from None
        except (ValueError, RecursionError):
            raise HTTPException(422, "no JSON") from None

    return app


def require_signed(raw: bytes, signature: str, secret: bytes) -> None:
    """Refuses what the registry did not sign."""
    expected = hmac.new(secret, raw, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise HTTPException(401, "x-signature is not the registry's")


def plan_launch(place: Place, launch: Launch) -> dict[str, Any]:
    """A plan for the need of today and the launch. Raises PargradeError."""
    known = place.planned()
    others = tuple(each for each in known.launches if each.name != launch.name)
    outlook = Outlook(growth=known.growth, launches=(*others, launch))
    with place.desk() as desk:
        plan = desk.plan(place.need(), desk.market(), outlook).plan
    lots = {month.month: month.buy_lots for month in plan.months}
    return {"plan": plan.hash, "buy_lots": lots, "cash_usd6": str(plan.cash_usd6)}


if __name__ == "__main__":
    application = create_app(Place.of_environment(), os.environ["HEDGE_SECRET"].encode())
    uvicorn.run(application, host="127.0.0.1", port=int((sys.argv[1:2] or ["8580"])[0]))

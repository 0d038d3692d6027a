"""Request bodies of the relay, as its OpenAPI description has them."""

from typing import Any, Final

_UINT: Final = {
    "oneOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]{1,78}$"}],
    "description": "a JSON number or decimal text",
}
_ADDRESS: Final = {"type": "string", "pattern": "^0x[0-9a-fA-F]{40}$"}
_SIGNATURE: Final = {
    "type": "string",
    "pattern": "^0x([0-9a-fA-F]{2}){0,1024}$",
    "description": "65 bytes, 64 of EIP-2098, or what an ERC-1271 maker takes",
}
_FIELDS: Final = {
    **dict.fromkeys(("series", "side", "grade", "legs", "price", "lots"), _UINT),
    **dict.fromkeys(("maker", "taker", "matcher"), _ADDRESS),
    **dict.fromkeys(("epoch", "lane", "nonce", "expiry"), _UINT),
}


def _object(properties: dict[str, Any], *optional: str) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name in properties if name not in optional],
        "properties": properties,
    }


_ORDER: Final = _object(_FIELDS)
_RULE: Final = {"type": "string", "enum": ["GTC", "IOC", "POST", "CALL"]}
_SUBMISSION: Final = {
    "oneOf": [
        _object({"order": _ORDER, "signature": _SIGNATURE, "rule": _RULE}, "rule"),
        _object(
            {
                "roll": _object({"near": _ORDER, "far": _ORDER}),
                "signature": _SIGNATURE,
                "rule": {"type": "string", "enum": ["GTC", "IOC"]},
            },
            "rule",
        ),
    ]
}


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


ORDERS_BODY: Final = _body(
    _object(
        {
            "chain_id": _UINT,
            "exchange": _ADDRESS,
            "orders": {"type": "array", "minItems": 1, "maxItems": 100, "items": _SUBMISSION},
        }
    )
)
CANCEL_BODY: Final = _body(
    _object(
        {
            "maker": _ADDRESS,
            "lane": _UINT,
            "nonce": _UINT,
            "deadline": _UINT,
            "signature": _SIGNATURE,
        }
    )
)

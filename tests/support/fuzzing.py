"""schemathesis over an API: every operation of its own description, with good and bad requests."""

import secrets
from typing import Any, Final

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.serving import serving

CHECKS: Final = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
"""An answer is one that the description of its operation has."""

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def fuzz(api: Any, examples: int, *, at_random: bool = False) -> int:
    """Sends up to so many requests to every operation of an ASGI application; how many in all.

    They are the same at every run unless they are to be random ones. No answer may be a server
    error that the description does not have, and none may show a traceback.
    """
    schema = schemathesis.openapi.from_asgi("/openapi.json", api)
    sent = 0

    def send(case: Case) -> None:
        nonlocal sent
        sent += 1
        response = case.call()
        case.validate_response(response, checks=CHECKS)
        assert b"Traceback" not in response.content

    for found in schema.get_all_operations():
        operation = found.ok()
        cases = operation.as_strategy()
        if any((operation.query, operation.path_parameters, operation.body)):
            cases = st.one_of(cases, operation.as_strategy(GenerationMode.NEGATIVE))
        run = settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=not at_random,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )(given(case=cases)(send))
        if at_random:
            number = secrets.randbits(32)
            print(operation.label, "seed", number)
            run = seed(number)(run)
        run()
    return sent


def undocumented_methods(api: Any) -> list[str]:
    """Methods of known paths that are answered otherwise than by a 405 that names the others."""
    with serving(api) as client:
        paths = client.get("/openapi.json").json()["paths"]
        return [
            f"{method} {path}"
            for path, documented in paths.items()
            for method in METHODS
            if method.lower() not in documented and not _is_refused(client, method, path)
        ]


def _is_refused(client: httpx.Client, method: str, path: str) -> bool:
    refused = client.request(method, path)
    is_problem = refused.headers["content-type"] == "application/problem+json"
    return refused.status_code == 405 and is_problem and "allow" in refused.headers

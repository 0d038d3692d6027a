"""`pargrade index show` and `methods`: the family now, and which methods there are."""

from typing import TYPE_CHECKING, Any

from oracle.cli.index_inputs import chosen_family, read_inputs
from oracle.cli.options import AllProviders, AsOf, MethodVersion, OnChain, PanelName
from pargrade.cli.toolkit import parse
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    RpcUrl,
    SampleFile,
)
from pargrade.cli.toolkit.output import Table, report
from pargrade.clock import HOUR_S
from pargrade.errors import PargradeError
from pargrade.text import moment
from pargrade.units import Price

if TYPE_CHECKING:
    from oracle.index.family import Reading

app = new_app()


class MixedSources(PargradeError):
    """Options about recorded quotes together with the chain."""

    hint = "Leave --as-of, --method, --sample, --panel and --all-providers out with --on-chain."

    def __init__(self) -> None:
        super().__init__("the chain has one value, of its reporters' quotes alone")


@app.command(epilog="Example: pargrade index show --as-of 2026-04-01T12:00:00Z")
def show(
    as_of: AsOf = "",
    method: MethodVersion = "",
    sample: SampleFile = None,
    panel: PanelName = "",
    all_providers: AllProviders = False,
    on_chain: OnChain = False,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    as_json: AsJson = False,
) -> None:
    """Show every index of the family at an instant: value, confidence, state, refusals.

    With --on-chain, show what the chain has of its index instead: its newest round.
    """
    if on_chain:
        from oracle.cli.index_on_chain import show_on_chain

        if as_of or method or sample or panel or all_providers:
            raise MixedSources
        show_on_chain(rpc_url, deployment, as_json=as_json)
        return
    from oracle.index.family import read_family
    from oracle.quotes.history import History

    inputs = read_inputs(sample, panel, everyone=all_providers)
    instant = parse.instant(as_of) if as_of else inputs.newest
    family = chosen_family(method)
    readings = read_family(History.of(inputs.recorded.columns), family, inputs.panel, instant)
    method_hash = "0x" + family.method_hash.hex()
    report(
        {
            "as_of": instant,
            "panel": inputs.panel.name,
            "version": family.version,
            "method_hash": method_hash,
            "indices": [reading.to_json() for reading in readings],
        },
        f"Indices at {moment(instant)}, read by {inputs.panel.name}, method {method_hash}",
        Table(
            ("index", "tier", "per", "USD", "±", "providers", "state", "used", "refused"),
            [_row(reading) for reading in readings],
            numbers=frozenset({"USD", "±", "providers", "used"}),
        ),
        Table(
            ("index", "weight by how firm a price is", "age of providers"),
            [_firmness_row(reading) for reading in readings],
        ),
        as_json=as_json,
    )


@app.command(epilog="Example: pargrade index methods")
def methods(as_json: AsJson = False) -> None:
    """List the versions of the method: their hashes, and whether they ran in shadow."""
    from oracle.index.family import load_candidate
    from oracle.index.method import METHOD
    from oracle.index.shadow_record import FIRST_VERSION, NotShadowed, require_shadowed
    from pargrade.canonical import read_json

    found: list[dict[str, Any]] = []
    for path in sorted(METHOD.parent.glob("method-*.json")):
        if path.suffixes != [".json"]:
            continue
        family = load_candidate(path)
        try:
            require_shadowed(read_json(path.read_bytes()), path)
            shadow = "first version" if family.version == FIRST_VERSION else "passed"
        except NotShadowed as refused:
            shadow = refused.why
        found.append(
            {
                "version": family.version,
                "file": path.name,
                "document_hash": family.document_hash,
                "method_hash": "0x" + family.method_hash.hex(),
                "in_use": path == METHOD,
                "shadow": shadow,
            }
        )
    report(
        found,
        Table(
            ("version", "file", "method hash", "use", "shadow"),
            [
                (
                    each["version"],
                    each["file"],
                    each["method_hash"],
                    "in use" if each["in_use"] else "candidate",
                    each["shadow"],
                )
                for each in found
            ],
        ),
        as_json=as_json,
    )


def _firmness_row(reading: "Reading") -> tuple[str, ...]:
    shares = (f"{ppm / 10**4:.1f} % {kind}" for kind, ppm in reading.availability_ppm.items())
    ages = (f"{name} {age / HOUR_S:.0f} h" for name, age in reading.provider_age_s.items())
    return reading.method.index, ", ".join(shares) or "-", ", ".join(ages) or "-"


def _state(state: str, value: dict[str, Any]) -> str:
    reasons = [value["absent"]] if "absent" in value else value.get("doubts", [])
    return f"{state} ({', '.join(reasons)})" if reasons else state


def _row(reading: "Reading") -> tuple[object, ...]:
    value = reading.value.to_json()
    price = Price(int(value["value8"])).text() if "value8" in value else "-"
    spread = Price(int(value["confidence8"])).text() if "confidence8" in value else "-"
    refused = ", ".join(f"{count} {reason.value}" for reason, count in reading.rejected.items())
    return (
        reading.method.index,
        reading.method.tier.value.replace("_", "-"),
        reading.method.unit.value.replace("_", "-"),
        price,
        spread,
        reading.value.providers,
        _state(reading.state, value),
        reading.used,
        refused or "-",
    )

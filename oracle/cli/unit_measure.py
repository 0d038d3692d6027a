"""`pargrade unit measure`: what this machine's GPU delivers, beside the record of the par grade."""

from pathlib import Path
from typing import Annotated

import typer

from pargrade.canonical import read_json
from pargrade.cli.toolkit.options import AsJson, KeyText
from pargrade.cli.toolkit.output import Table, progress, report
from pargrade.data.files import DATA
from pargrade.factor.calibration import (
    BadMeasurement,
    Measurement,
    ParRecord,
    ParStanding,
    compare,
)


def measure(
    result: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Compare an earlier measurement instead; needs no GPU.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write it.", dir_okay=False),
    ] = None,
    key: KeyText = "",
    as_json: AsJson = False,
) -> None:
    """Measure this machine's first GPU and say how it stands to the par grade. Takes two minutes.

    Dense products, a copy, a Llama-2-70B block in prefill and decode, a training step, a product
    for 40 seconds: what is timed, and what par did, is in pargrade/data/par-record.json. Needs
    torch with CUDA; without it, or without a GPU, nothing is measured and the exit code is 1. A
    signature says who measured, not that the machine is the one for rent.
    """
    record = ParRecord.from_json(read_json((DATA / "par-record.json").read_bytes()))
    signature, signer = "", ""
    if result is not None:
        found, signature, signer = _read(result)
    else:
        from oracle.calibration.kit import measure as measure_gpu

        found = measure_gpu(say=progress)
        if key:
            from pargrade.keys.source import load_local_key

            local = load_local_key(key)
            signature, signer = "0x" + local.sign(found.digest).compact.hex(), local.address
    if out is not None:
        import json

        document = {**found.to_json(), "signature": signature}
        out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    standings = compare(found, record)
    report(
        {
            **found.to_json(),
            "signature": signature,
            "signer": signer,
            "standings": [_standing_json(each) for each in standings],
        },
        Table(
            ("work", "rate", "par", "of par", "stands"),
            [
                (
                    each.kind.work,
                    f"{each.rate} {each.kind.unit}",
                    f"{float(each.kind.par):.4g}",
                    f"{float(each.ratio):.3f}",
                    each.verdict,
                )
                for each in standings
            ],
            numbers=frozenset({"par", "of par"}),
        ),
        *(f"not measured: {kind}: {why}" for kind, why in found.failed.items()),
        f"{found.device}, {found.software}; "
        + (f"signed by {signer}" if signer else "not signed: give --key"),
        as_json=as_json,
    )


def _read(path: Path) -> tuple[Measurement, str, str]:
    """A measurement in a file, its signature and who signed it. Raises BadMeasurement."""
    from pargrade.chain.keys import BadSignature, Signature, recover

    try:
        document = read_json(path.read_bytes())
    except (ValueError, OSError) as error:
        raise BadMeasurement(f"{path} is no measurement: {error}") from error
    found = Measurement.from_json(document)
    signature = document.get("signature", "")
    if not signature:
        return found, "", ""
    try:
        raw = bytes.fromhex(str(signature).removeprefix("0x"))
        return found, str(signature), recover(found.digest, Signature.of_compact(raw))
    except (ValueError, BadSignature) as error:
        raise BadMeasurement(f"the signature in {path} is none: {error}") from error


def _standing_json(standing: ParStanding) -> dict[str, str]:
    return {
        "kind": standing.kind.name,
        "unit": standing.kind.unit,
        "rate": str(standing.rate),
        "par": f"{float(standing.kind.par):.6g}",
        "of_par": f"{float(standing.ratio):.6f}",
        "stands": standing.verdict,
    }

"""`pargrade unit measure`: what this machine's GPU delivers, beside the record of the par grade."""

from pathlib import Path
from typing import Annotated, Final

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

DEVICES: Final = ("cuda", "cpu")


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
    device: Annotated[
        str,
        typer.Option(metavar="NAME", help="What to run on: cuda, or with --quick also cpu."),
    ] = "cuda",
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Only try whether the kit runs here. No calibration."),
    ] = False,
    key: KeyText = "",
    as_json: AsJson = False,
) -> None:
    """Measure this machine's first GPU and say how it stands to the par grade. Takes two minutes.

    Dense products, a copy, a Llama-2-70B block in prefill and decode, a training step, a product
    for 40 seconds: what is timed, and what par did, is in pargrade/data/par-record.json. Needs
    torch with CUDA; without it, or without a GPU, nothing is measured and the exit code is 1. A
    signature says who measured, not that the machine is the one for rent.

    With --quick every kind of work runs with small sizes, on a GPU or on the processor
    (--device cpu). That is a self-test: it gives no rates, and is never written down or signed.
    """
    if device not in DEVICES:
        raise typer.BadParameter(
            f"{device!r} is none of {', '.join(DEVICES)}", param_hint="--device"
        )
    if quick:
        _refuse_with_quick(result=result, out=out, key=key)
        _report_self_test(device, as_json)
        return
    if device != "cuda":
        raise typer.BadParameter(
            "a calibration is of a GPU; a processor only tries the kit: add --quick",
            param_hint="--device",
        )
    signature, signer = "", ""
    if result is not None:
        found, signature, signer = _read(result)
    else:
        from oracle.calibration.kit import measure as measure_gpu

        local = None
        if key:
            from pargrade.keys.source import load_local_key

            # Before the two minutes, not after them.
            local = load_local_key(key)
        found = measure_gpu(say=progress)
        if local is not None:
            signature, signer = "0x" + local.sign(found.digest).compact.hex(), local.address
    if out is not None:
        import json

        document = {**found.to_json(), "signature": signature, "signer": signer}
        out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    _report_measurement(found, signature, signer, as_json)


def _refuse_with_quick(**options: object) -> None:
    for name, value in options.items():
        if value:
            raise typer.BadParameter(
                "a self-test is no measurement, and is neither written down, signed nor compared",
                param_hint=f"--{name} with --quick",
            )


def _report_self_test(device: str, as_json: bool) -> None:
    from oracle.calibration.kit import self_test

    tried = self_test("cpu" if device == "cpu" else "cuda", say=progress)
    report(
        {
            "self_test": True,
            "device": tried.device,
            "software": tried.software,
            "ran": list(tried.ran),
            "failed": tried.failed,
        },
        Table(
            ("work", "runs"),
            [*((kind, "yes") for kind in tried.ran), *tried.failed.items()],
        ),
        f"{tried.device}, {tried.software}; a self-test with small sizes: no calibration, unsigned",
        as_json=as_json,
    )
    if tried.failed:
        raise typer.Exit(1)


def _report_measurement(found: Measurement, signature: str, signer: str, as_json: bool) -> None:
    record = ParRecord.from_json(read_json((DATA / "par-record.json").read_bytes()))
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
    """A measurement in a file, its signature and who signed it. Raises BadMeasurement.

    A file that names its signer and was changed afterwards is refused: another address comes out.
    """
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
        signer = recover(found.digest, Signature.of_compact(raw))
    except (ValueError, BadSignature) as error:
        raise BadMeasurement(f"the signature in {path} is none: {error}") from error
    stated = document.get("signer", signer)
    if str(stated).lower() != signer.lower():
        raise BadMeasurement(f"{path} was changed after {stated!r:.60} signed it, or by another")
    return found, str(signature), signer


def _standing_json(standing: ParStanding) -> dict[str, str]:
    return {
        "kind": standing.kind.name,
        "unit": standing.kind.unit,
        "rate": str(standing.rate),
        "par": f"{float(standing.kind.par):.6g}",
        "of_par": f"{float(standing.ratio):.6f}",
        "stands": standing.verdict,
    }

"""Install the wheel as a user would, with each extra: what it weighs, and what it can import.

    python .ci/install.py build/ci        the folder holds the wheel; environments are made in it

Exits with 1 when the plain installation is too large, or a module lacks a library that its
installation should have.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

LIMIT_MB: Final = 120
ROOT: Final = Path(__file__).parents[1]
LOCK: Final = ROOT / "requirements.lock"
INSTALLATIONS: Final = ("", "oracle", "hedge", "plot", "postgres", "devnet")

IMPORTS: Final = """
import importlib, json, pkgutil
from pargrade.chain.artifact import load_artifact
from pargrade.extras import explain_absence

absent = {}
for root in ("pargrade", "oracle", "bridge"):
    package = importlib.import_module(root)
    for module in pkgutil.walk_packages(package.__path__, f"{root}.", onerror=lambda name: None):
        if module.name.endswith(".__main__"):
            continue
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            if explain_absence(error) is None:
                raise
            absent[module.name] = error.name.partition(".")[0]
load_artifact("FuturesMarket")
print(json.dumps(absent))
"""

MAY_LACK: Final = {
    "": {"apscheduler", "numpy", "polars"},
    "oracle": set(),
    "hedge": {"apscheduler"},  # of nodes alone
    "plot": {"apscheduler", "numpy", "polars"},
    "postgres": {"apscheduler", "numpy", "polars"},
    "devnet": set(),
}
"""Libraries a module may miss in each installation; Matplotlib is imported inside functions."""


def size_mb(folder: Path) -> float:
    """Megabytes of an environment's packages, without compiled files and pip."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    kept = (path for path in files if path.suffix != ".pyc" and "pip" not in path.parts)
    return sum(path.stat().st_size for path in kept) / 10**6


def install(wheel: Path, extra: str) -> tuple[float, dict[str, str]]:
    """A new environment with the wheel: its size, and modules that lack a library, with which."""
    home = wheel.parent / f"venv-{extra or 'plain'}"
    subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, str(home)], check=True)
    wanted = f"pargrade[{extra}] @ {wheel.as_uri()}" if extra else str(wheel)
    subprocess.run(
        ["uv", "pip", "install", "--quiet", "-c", str(LOCK), wanted],
        env=os.environ | {"VIRTUAL_ENV": str(home)},
        check=True,
    )
    python = home / "bin" / "python"
    # Outside the checkout, so that nothing but the wheel can be imported.
    done = subprocess.run(
        [str(python), "-c", IMPORTS], cwd=home, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"[{extra}] {done.stderr}")
    subprocess.run(
        [str(home / "bin" / "pargrade"), "--help"], stdout=subprocess.DEVNULL, check=True
    )
    packages = next((home / "lib").glob("python*/site-packages"))
    return size_mb(packages), json.loads(done.stdout)


def main() -> int:
    """Every installation, one line each."""
    (wheel,) = Path(sys.argv[1]).resolve().glob("*.whl")
    bad = []
    for extra in INSTALLATIONS:
        size, absent = install(wheel, extra)
        print(f"  {'[' + extra + ']' if extra else 'plain':<12}{size:6.0f} MB", flush=True)
        foreign = {name: lib for name, lib in absent.items() if lib not in MAY_LACK[extra]}
        bad += [f"[{extra}] {name} lacks {lib}" for name, lib in foreign.items()]
        if not extra and size > LIMIT_MB:
            bad.append(f"the plain installation has {size:.0f} MB, more than {LIMIT_MB}")
    print("\n".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

"""What the page decides without a browser: its TypeScript tests, bundled and run by node."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize("case", sorted(path.stem for path in CASES.glob("*.test.ts")))
def test_logic__of_the_page__does_what_its_own_tests_say(case: str, tmp_path: Path) -> None:
    bundled = tmp_path / f"{case}.mjs"
    esbuild = ROOT / "node_modules" / ".bin" / "esbuild"
    options = ["--bundle", "--platform=node", "--format=esm", "--main-fields=module,main"]
    bundle = [
        esbuild,
        CASES / f"{case}.ts",
        *options,
        "--log-level=warning",
        f"--outfile={bundled}",
    ]
    subprocess.run(bundle, check=True, timeout=120)
    node = shutil.which("node")
    assert node is not None
    done = subprocess.run(
        [node, "--test", bundled],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "VECTORS": str(ROOT / "tests" / "vectors")},
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4_000:]
    assert "# pass 0" not in done.stdout

"""Every step at which a process may be killed is one at which a test kills it."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]


def marked_in(package):
    """Steps that a package marks with `reached`."""
    for source in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "reached":
                yield node.args[0].value


def test_steps__marked_in_any_package__are_named_by_a_test():
    marked = {step for package in ("pargrade", "oracle", "bridge") for step in marked_in(package)}
    texts = "".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
    assert len(marked) > 20
    assert [step for step in sorted(marked) if step not in texts] == []

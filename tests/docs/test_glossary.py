"""Names mean one thing: shared class names are explained, empty words are not used."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs/GLOSSARY.md").read_text(encoding="utf-8")
PACKAGES = ("pargrade", "oracle", "bridge")
EMPTY_WORDS = {"told", "did", "speak", "answer", "said", "one", "at"}
CHECKED = (*PACKAGES, "contracts/assurance", "contracts/codegen", "scripts", "tests")


def python_files(*folders):
    """Those written by hand: bindings take the names of the ABI."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "bindings" not in path.parts]


def class_owners():
    owners = defaultdict(set)
    for package in PACKAGES:
        for path in python_files(package):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef):
                    owners[node.name].add(package)
    return owners


def names_bound(tree):
    """Every name a module gives to something: functions, classes, arguments, variables, fields."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.alias) and node.asname:
            yield node.asname


def empty_words_in(text):
    return sorted(EMPTY_WORDS & {name.strip("_") for name in names_bound(ast.parse(text))})


def test_class_names__of_two_packages__are_explained_and_no_others():
    shared = {name for name, packages in class_owners().items() if len(packages) > 1}
    table = GLOSSARY.partition("## Names that two packages use")[2]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == shared


def test_words__in_the_glossary__have_one_row_each():
    table = GLOSSARY.partition("## Words")[2].partition("##")[0]
    rows = re.findall(r"^\| ([^|]+?) \| ", table, re.MULTILINE)[1:]
    words = [word.strip() for row in rows for word in row.split(",")]
    assert len(words) == len(set(words)) > 20


@pytest.mark.parametrize("folder", CHECKED)
def test_identifiers__in_a_folder__are_no_empty_words(folder):
    found = {
        str(path.relative_to(ROOT)): words
        for path in python_files(folder)
        if (words := empty_words_in(path.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "text", ["def told(): ...", "at = 1", "lambda said: said", "import re as one", "_told = 2"]
)
def test_identifiers__an_empty_word__is_found(text):
    assert len(empty_words_in(text)) == 1

"""What MkDocs is told beside its settings: pages from outside docs/, and links that leave them."""

import re
from pathlib import Path
from typing import Any, Final

from mkdocs.structure.files import File, Files

ROOT: Final = Path(__file__).parents[2]
BESIDE: Final = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "SECURITY.md": "SECURITY.md",
    "CHANGELOG.md": "CHANGELOG.md",
}
"""Files of the repository's root that are pages, and their names here."""
LOOK: Final = ("page.css", "icon.svg")
"""Built files of the page that the site looks like."""

_LINK: Final = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)")
_IMAGE: Final = re.compile(r"(!\[[^\]]*\]\()docs/")


def on_files(files: Files, config: Any) -> Files:
    """Adds the pages from beside docs/, and the look."""
    for source, name in BESIDE.items():
        files.append(File.generated(config, name, abs_src_path=str(ROOT / source)))
    for name in LOOK:
        found = ROOT / "pargrade" / "data" / "page" / name
        files.append(File.generated(config, f"look/{name}", abs_src_path=str(found)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Links to other pages go to them here; links to sources become their words."""

    def rewrite(match: re.Match[str]) -> str:
        words, target = match.groups()
        if target.startswith(("http://", "https://", "#")):
            return match.group()
        path, mark, anchor = target.partition("#")
        name = path.removeprefix("../").removeprefix("docs/")
        name = BESIDE.get(name, name)
        found = files.get_file_from_path(name)
        return words if found is None else f"[{words}]({name}{mark}{anchor})"

    return _IMAGE.sub(r"\1", _LINK.sub(rewrite, markdown))


def on_page_content(html: str, page: Any, config: Any, files: Files) -> str:
    """What scrolls by itself can be reached by keyboard."""
    return html.replace("<pre>", '<pre tabindex="0">').replace("<table>", '<table tabindex="0">')

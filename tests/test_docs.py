"""What the documents say is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from llamar_server.cli.options import SECTIONS

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)")
PACKAGES = ("", "engine", "chat", "api")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    links = LINK.findall(document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_the_readme_names_every_option_of_serve() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = [option for _, options in SECTIONS for option in options if not option.hidden]
    flags = [flag for option in shown for flag in (*option.opts, *option.secondary_opts)]
    assert [flag for flag in flags if not re.search(re.escape(flag) + r"[`/]", readme)] == []


def test_the_architecture_page_names_every_module() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    paths = [path for package in PACKAGES for path in (ROOT / "src/llamar_server" / package).iterdir()]
    names = {path.stem for path in paths if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert sorted(name for name in names if not name.startswith("__") and f"`{name}" not in page) == []

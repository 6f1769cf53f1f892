"""What the documents say is there."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from llamar_server.cli.options import SECTIONS

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)")
PACKAGES = ("", "engine", "embedding", "chat", "api")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    links = LINK.findall(document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


OPTIONS = [option for _, options in SECTIONS for option in options if not option.hidden]


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.opts[0])
def test_the_readme_tells_every_option_of_serve_and_its_default(option: click.Option) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in readme.splitlines() if line.startswith("| `--")]
    flag = re.compile(re.escape(option.opts[0]) + "[`/]")
    (default,) = [default for _, flags, default, *_ in rows if flag.search(flags)]
    if isinstance(option.default, int | float | str) and not option.is_flag:
        assert str(option.default).removesuffix(".0") in re.split(r"[ ,`]+", default)


def test_the_architecture_page_names_every_module() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    paths = [path for package in PACKAGES for path in (ROOT / "src/llamar_server" / package).iterdir()]
    names = {path.stem for path in paths if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert sorted(name for name in names if not name.startswith("__") and f"`{name}" not in page) == []

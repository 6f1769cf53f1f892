"""The direction of imports (docs/architecture.md), and that no imports form a ring."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.imports import Import, cycles, imports_of

SRC = Path(__file__).parent.parent / "src"

# What each part of llamar_server may import of the others.
ALLOWED: dict[str, set[str]] = {
    "cli": {"api", "chat", "embedding", "engine", "models", "config", "errors", "gguf"},
    "api": {"chat", "embedding", "engine", "models", "config", "errors", "gguf"},
    "chat": {"engine", "config", "errors", "gguf"},
    "embedding": {"engine", "config", "errors", "gguf"},
    "models": {"engine", "config", "errors", "gguf"},
    "engine": {"config", "errors", "gguf"},
    "gguf": {"errors"},
    "config": set(),
    "errors": set(),
}

# Libraries that have one place each: the prefixes of the modules that may import them.
HOME: dict[str, tuple[str, ...]] = {
    "llama_cpp": (
        "llamar_server.engine.llama",
        "llamar_server.engine.llama_batch",
        "llamar_server.engine.llama_model",
        "llamar_server.engine.llama_sampler",
        "llamar_server.embedding.llama",
    ),
    "fastapi": ("llamar_server.api", "llamar_server.cli"),
    "starlette": ("llamar_server.api", "llamar_server.cli"),
    "uvicorn": ("llamar_server.cli",),
    "click": ("llamar_server.cli", "llamar_providers.llm"),
    "rich": ("llamar_server.cli",),
    "pydantic": ("llamar_server.api", "llamar_providers"),
    "openai": ("llamar_server.cli", "llamar_providers"),
    "jinja2": ("llamar_server.chat",),
    "chatlas": ("llamar_providers.chatlas", "llamar_providers.retrieval"),
    "raghilda": ("llamar_providers.raghilda", "llamar_providers.retrieval"),
    "duckdb": ("llamar_providers.retrieval",),
    "langchain_core": ("llamar_providers.langchain",),
    "litellm": ("llamar_providers.litellm",),
    "llm": ("llamar_providers.llm",),
    "multiprocessing": (),
}

APIS = {"openai", "anthropic", "responses", "ollama"}
ASYNC = ("llamar_server.engine.process", "llamar_server.engine.client", "llamar_server.embedding.client")


def part_of(module: str) -> str | None:
    """The part of llamar_server that ``module`` belongs to; None outside, and for the package itself."""
    package, _, rest = module.partition(".")
    if package != "llamar_server" or not rest:
        return None
    part = rest.split(".")[0]
    return "cli" if part == "__main__" else part


def api_of(module: str) -> str | None:
    return module.split(".")[2] if within(module, "llamar_server.api") and module.count(".") > 1 else None


def within(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(prefix + ".")


def violations(imports: list[Import]) -> list[str]:
    found = []
    for each in imports:
        importer, target = part_of(each.importer), part_of(each.target)
        crosses = importer is not None and target is not None and importer != target
        if crosses and target not in ALLOWED.get(importer or "", set()):
            found.append(f"{each}: {importer} may not import {target}")
        if within(each.importer, "llamar_providers") and within(each.target, "llamar_server"):
            found.append(f"{each}: the providers speak HTTP only")
        if len({api_of(each.importer), api_of(each.target)} & APIS) > 1:
            found.append(f"{each}: no API is built on another one")
        computes = importer in ("engine", "embedding") and each.importer not in ASYNC
        if computes and within(each.target, "asyncio"):
            found.append(f"{each}: engines are plain loops; only their clients are asynchronous")
        home = HOME.get(each.target.split(".")[0])
        if home is not None and not any(within(each.importer, prefix) for prefix in home):
            found.append(f"{each}: its place is {' or '.join(home) or 'nowhere'}")
    return found


@pytest.fixture(scope="module")
def imports() -> list[Import]:
    return imports_of(SRC)


def test_every_part_has_its_rule(imports: list[Import]) -> None:
    parts = {part_of(each.importer) for each in imports} - {None}
    assert parts <= ALLOWED.keys()


def test_imports_run_in_one_direction(imports: list[Import]) -> None:
    assert violations(imports) == []


def test_no_import_cycle(imports: list[Import]) -> None:
    assert cycles(imports) == []


@pytest.mark.parametrize("package", ["llamar_providers", "llamar_server"])
def test_importing_a_package_imports_no_library(package: str) -> None:
    code = (
        "import sys, json; before = set(sys.modules); "
        f"import {package}; print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", code], text=True))
    foreign = {name.split(".")[0] for name in loaded} - sys.stdlib_module_names - {package}
    assert package in loaded
    assert foreign == set()


# --- the checker itself can fail ---


def write_tree(root: Path, files: dict[str, str]) -> list[Import]:
    for name, source in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return imports_of(root)


@pytest.mark.parametrize(
    ("file", "source", "reason"),
    [
        ("llamar_server/engine/x.py", "from ..chat import types", "engine may not import chat"),
        ("llamar_server/chat/x.py", "def f():\n    from llamar_server import api", "chat may not import api"),
        ("llamar_server/chat/x.py", "from llamar_server.models import x", "chat may not import models"),
        ("llamar_server/errors.py", "from .config import ServerConfig", "errors may not import config"),
        ("llamar_server/api/openai/x.py", "from ..anthropic.schema import B", "no API is built on another"),
        ("llamar_server/api/responses/x.py", "from ..anthropic import schema", "no API is built on another"),
        ("llamar_providers/x.py", "import llamar_server.config", "HTTP only"),
        ("llamar_server/engine/x.py", "import llama_cpp.llama_cpp", "place is llamar_server.engine.llama"),
        ("llamar_server/embedding/core.py", "import asyncio", "only their clients are asynchronous"),
        ("llamar_server/engine/x.py", "import asyncio", "only their clients are asynchronous"),
        ("llamar_server/chat/x.py", "from starlette.requests import R", "its place is llamar_server.api"),
    ],
)
def test_the_checker_sees(tmp_path: Path, file: str, source: str, reason: str) -> None:
    neighbours = ("config.py", "chat/types.py", "api/__init__.py", "api/anthropic/schema.py", "models/x.py")
    imports = write_tree(tmp_path, {f"llamar_server/{name}": "" for name in neighbours} | {file: source})
    (found,) = violations(imports)
    assert reason in found


def test_the_checker_leaves_what_is_allowed(tmp_path: Path) -> None:
    imports = write_tree(
        tmp_path,
        {
            "llamar_server/__init__.py": "from typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n    from . import cli",
            "llamar_server/cli/__init__.py": "from ..api.app import create_app\nimport click",
            "llamar_server/api/app.py": "import fastapi\nfrom .. import errors",
            "llamar_server/errors.py": "import enum",
            "llamar_server/engine/client.py": "import asyncio",
        },
    )
    assert violations(imports) == []
    assert cycles(imports) == []


def test_the_checker_sees_a_ring(tmp_path: Path) -> None:
    imports = write_tree(
        tmp_path,
        {
            "p/__init__.py": "from . import a",
            "p/a.py": "from .b import thing",
            "p/b.py": "from .c.d import thing",
            "p/c/__init__.py": "",
            "p/c/d.py": "def later():\n    from .. import a",
        },
    )
    assert cycles(imports) == [["p.a", "p.b", "p.c.d", "p.a"]]

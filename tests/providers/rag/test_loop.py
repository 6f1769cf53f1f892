"""The whole loop on real parts: documents, an embedding model, DuckDB, a chat that searches and answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from chatlas import Chat, ContentToolRequest, ContentToolResult
from raghilda.store import DuckDBStore

from llamar_providers.chatlas import chat_llamar
from llamar_providers.embed import embed_llamar
from llamar_providers.retrieval import register_tool_retrieve
from tests.providers.rag.words import filled
from tests.servers import DEADLINE, ServerProcess

DOCUMENTS = {
    "bridge.md": "The Veltin bridge opened in 1932.",
    "mascot.md": "The mascot of the company is a purple otter.",
    "office.md": "The office in Lisbon has 42 employees.",
}
SYSTEM = "Search before you answer, and name the origin of what you found."

QUESTIONS = [
    ("Search the docs with text a crossing over a river", "opened in 1932", "bridge.md"),
    ("Search the docs with text the people in Portugal", "42 employees", "office.md"),
    ("Find an animal in the docs", "purple otter", "mascot.md"),
]
"""None has a word in common with its document that matters: it takes a model that knows what words mean. And
they are such as the bundled model makes a list of texts from."""


@pytest.fixture(scope="module")
def both(minilm_f16: Path) -> Iterator[ServerProcess]:
    """A server of both models."""
    server = ServerProcess(f"--embedding-model={minilm_f16}")
    try:
        yield server.wait_ready()
    finally:
        server.end()


@pytest.mark.parametrize(("question", "fact", "origin"), QUESTIONS)
def test_a_fact_of_the_documents_comes_back_with_its_origin(
    both: ServerProcess, home: Path, extensions: None, question: str, fact: str, origin: str
) -> None:
    path = home / "docs.duckdb"
    written = filled(DuckDBStore.create(path, embed_llamar(base_url=both.url), name="docs"), DOCUMENTS)
    written.build_index()
    written.con.close()
    with chat_llamar(base_url=both.url, system_prompt=SYSTEM) as chat:
        chat.set_model_params(temperature=0, max_tokens=100)
        assert fact not in str(chat.chat(question, echo="none"))
        chat.set_turns([])
        register_tool_retrieve(chat, DuckDBStore.connect(path), top_k=1, title="the documentation")
        assert fact in str(chat.chat(question, echo="none"))
        (request,) = _contents(chat, ContentToolRequest)
        (result,) = _contents(chat, ContentToolResult)
    assert isinstance(request.arguments["text"], list)
    first = json.loads(result.value)[0]
    assert (first["origin"], first["text"]) == (origin, DOCUMENTS[origin])


def test_the_example_on_a_folder(both: ServerProcess, home: Path, extensions: None) -> None:
    for name, text in DOCUMENTS.items():
        (home / name).write_text(text, encoding="utf-8")
    question, fact, origin = QUESTIONS[0]
    example = Path(__file__).parents[3] / "examples" / "rag_chatlas.py"
    said = subprocess.run(
        [sys.executable, str(example), str(home), question],
        env=os.environ | {"LLAMAR_BASE_URL": both.url},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
    )
    assert said.returncode == 0, said.stderr
    assert fact in said.stdout
    assert said.stdout.splitlines()[-1] == f"Sources: {origin}"


def _contents(chat: Chat, kind: type) -> list:  # type: ignore[type-arg]
    return [each for turn in chat.get_turns() for each in turn.contents if isinstance(each, kind)]

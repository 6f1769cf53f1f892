"""Every example runs, against the shared server where it does not start one of its own or needs another."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import DEADLINE, ServerProcess

EXAMPLES = Path(__file__).parent.parent / "examples"
SAYS = {
    "chat_build_parse.py": 'get_weather({"city": "Oslo"})\nIt is 14 degrees and rainy in Oslo.',
    "anthropic_sdk.py": "579",
    "responses_sdk.py": "579",
    "litellm_router.py": "The capital of France is Paris.\n36 tokens for 0.00 $",
    "quickstart.py": "The capital of France is Paris.",
    "stream_openai.py": "The sky is blue because",
    "concurrent_openai.py": "The capital of Japan is Tokyo.",
    "chatlas_conversation.py": "You are a data scientist.",
    "chatlas_data.py": "Person(name='Bob', age=41)",
    "chatlas_tools.py": "Tool call rejected. no more gambling",
    "langchain_agent.py": "It is 18 degrees and cloudy in Paris.",
    "rag_chatlas.py": "Sources: langchain.md",
    "rag_langchain.py": "The server listens on port 11434.\n  from api-openai.md",
}


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.py")))
def test_example(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if name.startswith("rag_"):  # starts a server with an embedding model, and keeps files at home
        model: Path = request.getfixturevalue("minilm_f16")
        variables = {"LLAMAR_EMBEDDING_MODEL": str(model), "HOME": str(tmp_path)}
    else:
        server: ServerProcess = request.getfixturevalue("server")
        variables = {"LLAMAR_BASE_URL": server.url}
    result = subprocess.run(
        [sys.executable, str(EXAMPLES / name)],
        capture_output=True,
        text=True,
        timeout=3 * DEADLINE,  # on a busy machine it takes a while to read a folder of documents
        env=os.environ | variables,
    )
    assert result.returncode == 0, result.stderr
    assert SAYS.get(name, "") in result.stdout
    assert result.stdout

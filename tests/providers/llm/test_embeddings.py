"""``llm embed``, ``embed-multi`` and ``similar`` as they are typed, and the model behind them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import llm
import numpy as np
import pytest

from llamar_providers import shared
from tests.embedding_models.meaning import GROUPS
from tests.providers.canned import CannedServer
from tests.providers.families import family, gone
from tests.providers.llm.conftest import Call
from tests.servers import DEADLINE, ServerProcess

MODEL = ("-m", "llamar-embed")


@pytest.fixture
def at_server(home: Path, embedding_server: ServerProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names the shared server of the tests that has an embedding model."""
    monkeypatch.setenv("LLAMAR_BASE_URL", embedding_server.url)


@pytest.fixture
def configured(home: Path, minilm_q8: Path) -> Iterator[Path]:
    """A configuration for servers of the test's own; what it leaves to later calls is ended."""
    path = home / "llamar.toml"
    path.write_text(f'embedding_model = "{minilm_q8}"\noptions = ["--threads=1"]\nidle_timeout = 60\n')
    yield path
    for server in shared.running():
        processes = family(server.pid)
        processes[0].kill()
        assert gone(processes)


# --- real processes ---


@pytest.mark.usefixtures("configured", "nobody_left")
def test_calls_share_a_server(process: Call, cli: Call) -> None:
    said, shown = process("embed", *MODEL, "-c", "A fox jumps.")
    assert len(json.loads(said)) == 384
    assert shown == ""  # nobody asked for a chat
    (server,) = shared.running()
    again = process("embed", *MODEL, "-c", "A fox jumps.")[0]
    assert again == said
    assert shared.running() == [server]
    assert cli("-m", "llamar-local", "Hi", "-o", "temperature", "0")[0] == "Hi! How can I help you?\n"
    assert shared.running() == [server]


@pytest.mark.usefixtures("configured", "nobody_left")
def test_a_collection(process: Call, cli: Call, home: Path) -> None:
    files = home / "passages"
    files.mkdir()
    for number, group in enumerate(GROUPS):
        (files / f"{number}.md").write_text(group.passage, encoding="utf-8")
    stored = ("--files", str(files), "*.md", "--encoding", "utf-8", "--store")
    assert process("embed-multi", "passages", *MODEL, *stored)[1] == ""
    listed = json.loads(cli("collections", "list", "--json")[0])
    assert [(each["name"], each["model"], each["num_embeddings"]) for each in listed] == [
        ("passages", "llamar-embed", len(GROUPS))
    ]
    found = process("similar", "passages", "-c", GROUPS[0].query, "-n", "3")[0].splitlines()
    best, *others = [json.loads(line) for line in found]
    assert (best["id"], best["content"]) == ("0.md", GROUPS[0].passage)
    assert best["score"] > others[0]["score"]
    assert len(others) == 2


@pytest.mark.usefixtures("nobody_left")
def test_a_server_that_is_not_shared_goes_with_its_call(
    process: Call, configured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLAMAR_IDLE_TIMEOUT", "0")
    assert len(json.loads(process("embed", *MODEL, "-c", "Hi")[0])) == 384
    assert shared.running() == []


def test_a_broken_configuration_is_told_and_harms_nobody(process: Call, cli: Call, home: Path) -> None:
    (home / "llamar.toml").write_text("embedding_model = 7")
    listed, complaint = process("embed-models")
    assert "LlamarEmbeddingModel: llamar-embed\n" in listed
    assert "OpenAIEmbeddingModel" in listed
    assert complaint.startswith("llamar: the configuration file ")
    _, shown = cli("embed", *MODEL, "-c", "Hi")
    assert shown.splitlines()[-1].startswith("Error: the configuration file ")


# --- in this process ---


@pytest.mark.usefixtures("at_server")
def test_the_vectors(cli: Call, embedding_server: ServerProcess) -> None:
    expected = embedding_server.openai().embeddings.create(input="Ünïcode 🦙", model="").data[0].embedding
    assert json.loads(cli("embed", *MODEL, "-c", "Ünïcode 🦙")[0]) == pytest.approx(expected, abs=1e-6)
    encoded = cli("embed", *MODEL, "-c", "Ünïcode 🦙", "-f", "hex")[0]
    assert llm.decode(bytes.fromhex(encoded)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.usefixtures("at_server")
def test_many_texts_from_python() -> None:
    texts = [f"text number {number}" for number in range(600)]
    vectors = list(llm.get_embedding_model("llamar-embed").embed_multi(texts))
    assert len(vectors) == 600
    assert {type(each) for each in vectors[0]} == {float}
    some = [0, 255, 256, 599]
    alone = [llm.get_embedding_model("llamar-embed").embed(texts[i]) for i in some]
    assert np.allclose(alone, [vectors[i] for i in some], atol=1e-4)


def test_what_is_sent(home: Path, canned: CannedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMAR_EMBEDDING_MODEL", "/models/not-this-one.gguf")
    monkeypatch.setenv("LLAMAR_BASE_URL", canned.url)
    monkeypatch.setenv("LLAMAR_API_KEY", "their-key")
    for count in (256, 44):
        canned.embeds(*[[0.5]] * count)
    model = llm.get_embedding_model("llamar-embed")
    assert list(model.embed_multi(str(number) for number in range(300))) == [[0.5]] * 300
    assert [len(body["input"]) for body in canned.bodies] == [256, 44]
    assert {body["model"] for body in canned.bodies} == {""}
    assert canned.headers[0]["authorization"] == "Bearer their-key"
    assert "poison" not in str(canned.headers[0])


@pytest.mark.usefixtures("at_server")
def test_a_text_that_is_too_long(cli: Call) -> None:
    said, shown = cli("embed", *MODEL, "-c", "far too long " * 400)
    assert said == ""
    assert shown.startswith("Error: input 0 has 1202 tokens")
    assert "512" in shown
    with pytest.raises(llm.ModelError, match="1202 tokens"):
        llm.get_embedding_model("llamar-embed").embed("far too long " * 400)


@pytest.mark.usefixtures("home")
def test_no_embedding_model_is_named(cli: Call) -> None:
    _, shown = cli("embed", *MODEL, "-c", "Hi")
    assert shown.startswith("Error: no embedding model is named")
    assert "LLAMAR_EMBEDDING_MODEL" in shown


def test_a_server_without_an_embedding_model(
    cli: Call, home: Path, server: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLAMAR_BASE_URL", server.url)
    _, shown = cli("embed", *MODEL, "-c", "Hi")
    assert shown.startswith("Error: ")
    assert "--embedding-model" in shown


@pytest.mark.usefixtures("home")
def test_nobody_answers(cli: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMAR_BASE_URL", "http://127.0.0.1:9")
    _, shown = cli("embed", *MODEL, "-c", "Hi")
    assert shown.startswith("Error: ")
    assert "http://127.0.0.1:9" in shown
    assert shown.count("\n") == 1


# --- which models there are ---


def test_each_configured_model_that_has_one(cli: Call, home: Path) -> None:
    (home / "llamar.toml").write_text(
        'embedding_model = "e.gguf"\n'
        '[models]\nsmall = "/s.gguf"\nbig = { model = "/b.gguf", embedding_model = "/v.gguf" }\n'
    )
    listed = cli("embed-models")[0].splitlines()
    assert [line for line in listed if "Llamar" in line] == [
        "LlamarEmbeddingModel: llamar-embed",
        "LlamarEmbeddingModel: llamar-embed/big",
    ]
    assert cli("llamar", "models")[0].splitlines() == [
        "llamar-local: llamar-tiny, the bundled toy",
        "llamar/small: /s.gguf",
        "llamar/big: /b.gguf",
        f"llamar-embed: {home / 'e.gguf'}",
        "llamar-embed/big: /v.gguf",
    ]


def test_listing_them_brings_nothing_that_takes_long(home: Path) -> None:
    code = (
        "import json, sys, llm; before = set(sys.modules)\n"
        "import llamar_providers.llm as plugin; registered = []\n"
        "plugin.register_embedding_models(registered.append)\n"
        "print(json.dumps([[model.model_id for model in registered], sorted(set(sys.modules) - before)]))"
    )
    said = subprocess.check_output([sys.executable, "-c", code], text=True, timeout=DEADLINE)
    registered, loaded = json.loads(said)
    assert registered == ["llamar-embed"]
    assert not {"openai", "httpx2", "llamar_providers.server", "llamar_providers.clients"} & set(loaded)


@pytest.mark.usefixtures("home")
def test_a_mistake_in_it_breaks_no_other_command(cli: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llamar_providers.llm.embeddings", None)
    monkeypatch.delattr("llamar_providers.llm.embeddings", raising=False)
    listed, said = cli("embed-models")
    assert "OpenAIEmbeddingModel" in listed
    assert said.startswith("llamar: ")

"""raghilda's stores with vectors of a llamar server: what a store keeps of it, and finds again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import openai
import pytest
from raghilda.chunker import MarkdownChunker
from raghilda.document import MarkdownDocument
from raghilda.embedding import EmbedInputType, embedding_from_config
from raghilda.store import DuckDBStore

from llamar_providers import shared
from llamar_providers.embed import embed_llamar
from llamar_providers.raghilda import EmbeddingLlamar
from llamar_providers.settings import ConfigurationError, Launch, Remote
from tests.fakes.embedding import BACKEND
from tests.providers.families import ONE_THREAD, family, gone
from tests.providers.rag.words import DOCUMENTS, filled
from tests.providers.recorder import Recorder, recorder
from tests.servers import DEADLINE, ServerProcess

pytestmark = pytest.mark.usefixtures("home", "nobody_left")

HASHED = f"--embedding-backend={BACKEND}"
STARTED = (*ONE_THREAD, HASHED)


@pytest.fixture
def there() -> Iterator[Recorder]:
    with recorder() as record:
        data = [{"object": "embedding", "index": 0, "embedding": [1.0, 2.0]}]
        record.answer = {"object": "list", "data": data, "model": "m"}
        yield record


@pytest.fixture
def words_file(home: Path) -> Path:
    """What stands for a model: the vectors come from the tests' backend."""
    path = home / "words.gguf"
    path.touch()
    return path


def run(code: str, *arguments: object, **variables: str) -> str:
    """What a program of its own says. Nothing that could be a key is in its environment."""
    env = {name: value for name, value in os.environ.items() if "KEY" not in name} | variables
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=env,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# --- texts ---


def test_each_kind_of_text_has_its_prefix(there: Recorder) -> None:
    embed = embed_llamar(model="m", base_url=there.url, query_prefix="q: ", document_prefix="d: ")
    assert embed.embed(["a"]) == [[1.0, 2.0]]
    embed.embed(["a"], EmbedInputType.DOCUMENT)
    embed.embed(("a",), EmbedInputType.QUERY)
    assert [asked.body["input"] for asked in there.asked] == [["d: a"], ["d: a"], ["q: a"]]
    with pytest.raises(TypeError, match="not one string"):
        embed.embed("a")
    assert embed.embed([]) == []


def test_it_can_be_called(there: Recorder) -> None:
    embed = embed_llamar(model="m", base_url=there.url, document_prefix="d: ", query_prefix="q: ")
    assert embed("a") == embed(["a"]) == [[1.0, 2.0]]
    assert embed("a", EmbedInputType.QUERY) == [[1.0, 2.0]]
    assert [asked.body["input"] for asked in there.asked] == [["d: a"], ["d: a"], ["q: a"]]


# --- what a store keeps ---


def test_a_store_keeps_where_and_how_and_no_key() -> None:
    embed = EmbeddingLlamar("m", base_url="http://a:1", api_key="secret", query_prefix="q: ", dimensions=8)
    config = embed.get_config()
    assert "secret" not in json.dumps(config)
    again = embedding_from_config(json.loads(json.dumps(config)))
    assert isinstance(again, EmbeddingLlamar)
    assert again.embeddings.server.target == Remote("http://a:1")
    assert (again.embeddings.model, again.embeddings.query_prefix, again.embeddings.dimensions) == (
        "m",
        "q: ",
        8,
    )
    assert again.get_config() == config


def test_of_a_server_to_be_started_it_keeps_how(words_file: Path) -> None:
    embed = embed_llamar(
        model=words_file, api_key="secret", n_gpu_layers=0, options=("--parallel=2",), document_prefix="d: "
    )
    config = embed.get_config()
    assert "secret" not in json.dumps(config)
    again = embedding_from_config(json.loads(json.dumps(config)))
    assert isinstance(again, EmbeddingLlamar)
    launch = Launch(embedding_model=str(words_file), n_gpu_layers=0, options=("--parallel=2",))
    assert again.embeddings.server.target == launch
    assert again.embeddings.document_prefix == "d: "
    assert again.get_config() == config


def test_what_the_environment_said_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors of another model would be of no use to the store."""
    monkeypatch.setenv("LLAMAR_BASE_URL", "http://here:1")
    config = embed_llamar().get_config()
    monkeypatch.setenv("LLAMAR_BASE_URL", "http://elsewhere:1")
    again = embedding_from_config(config)
    assert isinstance(again, EmbeddingLlamar)
    assert again.embeddings.server.target == Remote("http://here:1")


def test_without_a_model_it_says_so_at_once() -> None:
    with pytest.raises(ConfigurationError, match="no embedding model is named"):
        embed_llamar()


# --- stores in one process after the other ---

CREATE = """
import sys
from llamar_providers.embed import embed_llamar
from raghilda.store import DuckDBStore
from tests.providers.rag.words import filled
path, url = sys.argv[1:]
store = filled(DuckDBStore.create(path, embed_llamar(base_url=url), name="docs", title="the documents"))
store.build_index()
"""

CONNECT = """
import sys
import llamar_providers.raghilda
from raghilda.store import DuckDBStore
from tests.providers.rag.words import filled
store = DuckDBStore.connect(sys.argv[1])
print(store.retrieve("The mascot of the company", top_k=1)[0].origin)
filled(store, {"new.md": "A zeppelin hangs over the harbour."})
store.build_index("bm25")
print(store.retrieve_vss("a zeppelin over the harbour", 1)[0].origin)
print(store.retrieve_bm25("zeppelins", 1)[0].origin)
"""

SEARCH = """
import sys
from llamar_providers.retrieval import register_tool_retrieve  # this is enough, too
from raghilda.store import DuckDBStore
store = DuckDBStore.connect(sys.argv[1], read_only=True)
print(store.size(), store.retrieve("a zeppelin over the harbour", top_k=1)[0].origin)
"""


def test_created_filled_and_asked_in_processes_of_their_own(
    start_server: Callable[..., ServerProcess], home: Path, words_file: Path, extensions: None
) -> None:
    env = os.environ | {"LLAMAR_API_KEYS": ""}
    server = start_server(f"--embedding-model={words_file}", HASHED, env=env).wait_ready()
    path = home / "docs.duckdb"
    run(CREATE, path, server.url)
    assert run(CONNECT, path).split() == ["mascot.md", "new.md", "new.md"]
    assert run(SEARCH, path).split() == ["5", "new.md"]
    server.end()


def test_a_server_that_wants_a_key_gets_it_from_the_environment_and_not_from_the_store(
    start_server: Callable[..., ServerProcess], home: Path, words_file: Path, extensions: None
) -> None:
    env = os.environ | {"LLAMAR_API_KEYS": "open-sesame"}
    server = start_server(f"--embedding-model={words_file}", HASHED, env=env).wait_ready()
    path = home / "docs.duckdb"
    embed = embed_llamar(base_url=server.url, api_key="open-sesame")
    store = filled(DuckDBStore.create(path, embed))
    store.con.close()
    assert b"open-sesame" not in path.read_bytes()

    locked = DuckDBStore.connect(path)
    assert locked.size() == len(DOCUMENTS)
    with pytest.raises(openai.AuthenticationError):
        locked.retrieve_vss("The mascot", 1)
    locked.con.close()
    code = SEARCH.replace("retrieve(", "retrieve_vss(")
    assert run(code, path, LLAMAR_API_KEY="open-sesame").split()[0] == "4"
    server.end()


def test_a_store_starts_the_server_that_it_was_made_with(
    home: Path, words_file: Path, extensions: None
) -> None:
    path = home / "docs.duckdb"
    embed = embed_llamar(model=words_file, options=STARTED)
    store = filled(DuckDBStore.create(path, embed))
    store.build_index()
    processes = family(embed.embeddings.server.pid)
    store.con.close()
    assert embed.close() is True
    assert gone(processes)
    assert run(CONNECT, path).split() == ["mascot.md", "new.md", "new.md"]


SHARE = """
import sys
from llamar_providers.embed import embed_llamar
embed = embed_llamar(model=sys.argv[1], options=sys.argv[2:], idle_timeout=60)
print(embed("one text")[0][0], embed.embeddings.server.url)
"""


def test_short_lived_programs_share_a_server(words_file: Path) -> None:
    said = run(SHARE, words_file, *STARTED)
    assert run(SHARE, words_file, *STARTED) == said
    (server,) = shared.running()
    assert said.endswith(server.url)
    processes = family(server.pid)
    assert shared.stop(server)
    assert gone(processes)


def test_a_store_that_is_filled_by_several_threads(
    start_server: Callable[..., ServerProcess], words_file: Path
) -> None:
    env = os.environ | {"LLAMAR_API_KEYS": ""}
    server = start_server(f"--embedding-model={words_file}", HASHED, env=env).wait_ready()
    store = DuckDBStore.create(":memory:", embed_llamar(base_url=server.url))
    documents = [MarkdownDocument(origin=f"{n}.md", content=f"Number {n} is here.") for n in range(20)]
    assert store.ingest(documents, prepare=MarkdownChunker().chunk, max_workers=4).inserted == 20
    assert store.retrieve_vss("Number 7 is here", 1)[0].origin == "7.md"
    server.end()


def test_texts_that_are_given_at_once_leave_no_server_behind(words_file: Path) -> None:
    one, other = embed_llamar(["the same words", "words the same"], words_file, options=STARTED)
    assert one == pytest.approx(other, abs=1e-6)


def test_chats_and_vectors_of_the_environment_share_a_server(
    words_file: Path, home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Who only wants vectors is not told that there is but a toy to chat with."""
    from llamar_providers.chatlas import chat_llamar

    monkeypatch.setenv("LLAMAR_EMBEDDING_MODEL", str(words_file))
    (home / "llamar.toml").write_text(f"options = {json.dumps(STARTED)}", encoding="utf-8")
    embed = embed_llamar()
    assert len(embed("text")[0]) == 16
    assert capfd.readouterr().err == ""
    with chat_llamar() as chat:
        assert "bundled toy" in capfd.readouterr().err
        assert chat.provider.server.pid == embed.embeddings.server.pid  # type: ignore[attr-defined]
        assert embed.close() is False

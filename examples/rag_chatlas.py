"""A chat that searches a folder of Markdown files by itself, with nothing but this machine.

    LLAMAR_EMBEDDING_MODEL=all-minilm-l6-v2.gguf python examples/rag_chatlas.py [FOLDER [QUESTION]]

raghilda keeps the files in a store of DuckDB. The embedding model and the one that answers (LLAMAR_MODEL,
else the bundled toy, which finds, but hardly understands what it reads) run in one server. Needs
`pip install 'llamar[rag]'`.
"""

import json
import sys
from pathlib import Path

from chatlas import ContentToolResult
from duckdb_extensions import import_extension
from raghilda.chunker import MarkdownChunker
from raghilda.document import MarkdownDocument
from raghilda.store import DuckDBStore

from llamar_providers.chatlas import chat_llamar
from llamar_providers.embed import embed_llamar
from llamar_providers.retrieval import register_tool_retrieve

folder = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1] / "docs"
question = sys.argv[2] if len(sys.argv) > 2 else "Find LangChain"

for name in ("fts", "vss"):  # from their packages, once for each user: DuckDB would ask the network
    import_extension(name)

store = DuckDBStore.create(":memory:", embed_llamar(), name="docs", title="the documentation")
chunker = MarkdownChunker(chunk_size=800, target_overlap=0.25)
for path in sorted(Path(folder).glob("*.md")):
    document = MarkdownDocument(origin=path.name, content=path.read_text(encoding="utf-8"))
    store.upsert(chunker.chunk(document))
store.build_index()
print(f"{store.size()} documents")

sources: list[str] = []


def note_sources(result: ContentToolResult) -> None:
    sources.extend(passage["origin"] for passage in json.loads(result.value))


with chat_llamar(system_prompt="Search before you answer, and name the origin of what you found.") as chat:
    chat.set_model_params(temperature=0, max_tokens=300)
    register_tool_retrieve(chat, store, top_k=1)
    chat.on_tool_result(note_sources)
    print(f"> {question}")
    print(chat.chat(question, echo="none"))
print("Sources:", ", ".join(dict.fromkeys(sources)))

"""Questions about a folder of Markdown files, answered with the files that the answer comes from; all local.

    rag_langchain.py [FOLDER [QUESTION ...]]

Needs `pip install 'llamar[langchain]'`, and an embedding model: LLAMAR_EMBEDDING_MODEL is its GGUF file, or
LLAMAR_BASE_URL the address of `llamar serve model.gguf --embedding-model embedding-model.gguf`.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.vectorstores import InMemoryVectorStore

from llamar_providers.langchain import ChatLlamar, LlamarEmbeddings

FOLDER = Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parent.parent / "docs"
QUESTIONS = sys.argv[2:] or [
    "On which port does the server listen?",
    "Which language is the server written in?",
]


def paragraphs(folder: Path) -> Iterator[Document]:
    for path in sorted(folder.glob("*.md")):
        for paragraph in re.split(r"\n\s*\n", path.read_text(encoding="utf-8").strip()):
            yield Document(paragraph, metadata={"source": path.name})


embeddings = LlamarEmbeddings(truncate=True)  # long tables are found by how they begin
store = InMemoryVectorStore.from_documents(list(paragraphs(FOLDER)), embeddings)
retriever = store.as_retriever(search_kwargs={"k": 2})  # the bundled toy is lost in more

prompt = ChatPromptTemplate.from_template(
    "Use the following context to answer the question.\n\nContext:\n{context}\n\nQuestion: {question}"
)
chain = prompt | ChatLlamar(temperature=0) | StrOutputParser()

for question in QUESTIONS:
    found = retriever.invoke(question)
    context = "\n".join(document.page_content for document in found)
    print(question)
    print(chain.invoke({"context": context, "question": question}))
    print("  from", ", ".join(dict.fromkeys(document.metadata["source"] for document in found)))

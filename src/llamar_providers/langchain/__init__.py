"""LangChain: ``ChatLlamar`` and ``LlamarEmbeddings``, local models.

LangChain: https://docs.langchain.com/oss/python/langchain/overview
"""

try:
    import langchain_core  # noqa: F401 -- asked for here, so that its absence is told in these words
except ImportError as error:
    raise ImportError("LangChain is not installed; pip install 'llamar[langchain]'") from error

from .chat_model import ChatLlamar
from .embeddings import LlamarEmbeddings

__all__ = ["ChatLlamar", "LlamarEmbeddings"]

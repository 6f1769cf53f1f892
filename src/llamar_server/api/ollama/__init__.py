"""What clients of Ollama need to find this server and its embeddings: two of its routes, and its errors.

Its chats are not here: Ollama's own clients of those speak the OpenAI API as well.
"""

from .errors import envelope, speaks_ollama
from .router import ROUTES

__all__ = ["ROUTES", "envelope", "speaks_ollama"]

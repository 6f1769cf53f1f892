"""OpenAI's Responses API: two pure translations, the answers that are kept, and the routes."""

from .router import routes
from .store import ResponseStore

__all__ = ["ResponseStore", "routes"]

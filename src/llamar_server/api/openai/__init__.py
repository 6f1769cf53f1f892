"""The OpenAI API: two pure translations, what errors look like, and the routes."""

from .errors import envelope
from .router import ROUTES

__all__ = ["ROUTES", "envelope"]

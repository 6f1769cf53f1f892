"""The Anthropic API: two pure translations, what errors look like, and the routes."""

from .errors import envelope, speaks_anthropic
from .router import ROUTES

__all__ = ["ROUTES", "envelope", "speaks_anthropic"]

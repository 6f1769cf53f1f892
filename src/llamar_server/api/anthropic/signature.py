"""The signature of a thinking block: opaque to clients, who must send it back unchanged.

Anthropic's proves that a thought is the model's own. Nothing is proved here; what it is for is a thought
that the client asked not to see (``display: "omitted"``): its text travels in the signature, so that the
model sees it again in the next turn and the prompt stays a continuation of the last one.
"""

from __future__ import annotations

import hashlib

from ..opaque import seal


def signature(thought: str, *, omitted: bool) -> str:
    """The signature of a thinking block with this text; never empty, and the same for the same text."""
    return seal(thought) if omitted else hashlib.sha256(thought.encode()).hexdigest()[:32]

"""The signature of a thinking block: opaque to clients, who must send it back unchanged.

Anthropic's proves that a thought is the model's own. Nothing is proved here; what it is for is a thought
that the client asked not to see (``display: "omitted"``): its text travels in the signature, so that the
model sees it again in the next turn and the prompt stays a continuation of the last one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final

_OMITTED: Final = "omitted."
_SHOWN: Final = "shown."


def signature(thought: str, *, omitted: bool) -> str:
    """The signature of a thinking block with this text; never empty, and the same for the same text."""
    if omitted:
        return _OMITTED + base64.urlsafe_b64encode(thought.encode()).decode()
    return _SHOWN + hashlib.sha256(thought.encode()).hexdigest()[:32]


def omitted_thought(signature: str | None) -> str:
    """The text that travelled in a signature; empty for any that was not made here."""
    if signature is None or not signature.startswith(_OMITTED):
        return ""
    try:
        return base64.urlsafe_b64decode(signature.removeprefix(_OMITTED)).decode()
    except (binascii.Error, UnicodeError):
        return ""

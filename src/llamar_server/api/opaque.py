"""Text that travels through a client which may not look at it: a thought, to be seen again by the model.

Nothing is encrypted or proved: what the client may not show is what it was asked not to show.
"""

from __future__ import annotations

import base64
from typing import Final

_PREFIX: Final = "llamar."


def seal(text: str) -> str:
    """``text`` as one opaque word; the same for the same text."""
    return _PREFIX + base64.urlsafe_b64encode(text.encode()).decode()


def unseal(sealed: str | None) -> str:
    """The text in ``sealed``; empty for anything that was not made here."""
    if sealed is None or not sealed.startswith(_PREFIX):
        return ""
    try:
        return base64.urlsafe_b64decode(sealed.removeprefix(_PREFIX)).decode()
    except ValueError:
        return ""

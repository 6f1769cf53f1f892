"""Fields that are known and not honoured: refused by name, unless their value asks for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..errors import UnsupportedParameter


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a field is refused, or what to use instead; ``harmless`` are the values that ask for nothing."""

    reason: str
    harmless: tuple[Any, ...] = ()


_OFF: Final = Refused("this sampler is not implemented", harmless=(0,))

SAMPLERS: Final[dict[str, Refused]] = {
    "mirostat": _OFF,
    "dry_multiplier": _OFF,
    "xtc_probability": _OFF,
    "dynatemp_range": _OFF,
    "use_beam_search": Refused("there is no beam search here", harmless=(False,)),
}
"""Extensions of other local servers: an answer that ignores them looks right and is not what was asked."""


def refuse(fields: Mapping[str, Any] | None, refused: Mapping[str, Refused]) -> None:
    """Raises UnsupportedParameter for the first of ``fields`` that asks for something not honoured."""
    for name, value in (fields or {}).items():
        known = refused.get(name)
        if known is not None and value is not None and not any(_same(value, each) for each in known.harmless):
            raise UnsupportedParameter(f"{name} is not supported: {known.reason}", param=name)


def _same(value: Any, harmless: Any) -> bool:
    # False == 0 in Python, but not in JSON.
    return bool(value == harmless) and isinstance(value, bool) == isinstance(harmless, bool)

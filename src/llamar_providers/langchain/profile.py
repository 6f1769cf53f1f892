"""What a model can do, as LangChain asks for it: known at once but for what the server must be asked."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, ValuesView
from functools import partial
from typing import Any, Final

from .connection import Connection
from .errors import langchain_errors

ASKED: Final = ("name", "max_input_tokens", "max_output_tokens")
"""What only the server knows."""

_KNOWN: Final = {
    "open_weights": True,
    "text_inputs": True,
    "image_inputs": False,
    "image_url_inputs": False,
    "audio_inputs": False,
    "video_inputs": False,
    "pdf_inputs": False,
    "image_tool_message": False,
    "pdf_tool_message": False,
    "attachment": False,
    "text_outputs": True,
    "image_outputs": False,
    "audio_outputs": False,
    "video_outputs": False,
    "tool_calling": True,
    "tool_choice": True,
    "tool_call_streaming": True,
    "structured_output": True,
    "temperature": True,
}


class ServerProfile(dict[str, Any]):
    """A ``ModelProfile`` whose values from the server are asked for when one of them is looked at.

    LangChain sets the profile while it constructs the model, when nothing may be asked yet. ``ask``
    gives the values of ``ASKED``; it is called once.
    """

    def __init__(self, ask: Callable[[], dict[str, Any]]) -> None:
        super().__init__(_KNOWN | dict.fromkeys(ASKED))
        self._ask = ask
        self._asked = False

    def complete(self) -> ServerProfile:
        """Ask now. Raises what ``ask`` raises."""
        if not self._asked:
            self.update(self._ask())
            self._asked = True
        return self

    def __getitem__(self, key: str) -> Any:
        if key in ASKED:
            self.complete()
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401 -- this is the get() it means

    def __iter__(self) -> Iterator[str]:  # dict(profile) copies past the methods above without this one
        return super().__iter__()

    def items(self) -> ItemsView[str, Any]:  # type: ignore[override] # dict's own result type cannot be named
        self.complete()
        return super().items()

    def values(self) -> ValuesView[Any]:  # type: ignore[override] # likewise
        self.complete()
        return super().values()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ServerProfile):
            return self._ask is other._ask  # models are compared, too, and must not ask for that
        return isinstance(other, dict) and dict(self) == other

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __repr__(self) -> str:
        return super().__repr__() if self._asked else "<profile: the server has not been asked yet>"

    def __reduce__(self) -> tuple[Any, ...]:
        return ServerProfile, (self._ask,)


def profile_of(connection: Connection) -> ServerProfile:
    """The profile of the connection's model."""
    return ServerProfile(partial(_ask, connection))


def _ask(connection: Connection) -> dict[str, Any]:
    with langchain_errors():
        served = [model.model_dump() for model in connection.client().models.list()]
    model = next((each for each in served if each["id"] == connection.model), served[0])
    window = model["context_length"]
    return {"name": model["id"], "max_input_tokens": window, "max_output_tokens": window}

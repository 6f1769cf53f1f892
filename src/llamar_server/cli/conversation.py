"""A conversation with a model behind the OpenAI API, through the ``openai`` SDK.

It owns the history. It refuses to read a keyboard or to print.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import openai

from .remote import sentences

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessageParam


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text of an answer; ``thought`` if it is reasoning."""

    text: str
    thought: bool = False


class Conversation:
    """Questions and answers, each with all that went before. Not for several threads."""

    def __init__(self, client: openai.OpenAI, model: str, system: str | None = None) -> None:
        self._client = client
        self._model = model
        self._messages: list[ChatCompletionMessageParam] = []
        if system is not None:
            self._messages.append({"role": "system", "content": system})

    def ask(self, question: str) -> Generator[Piece]:
        """The answer to ``question``, as it is written.

        An answer that is not read to its end is stopped at the server, and what was read of it stays
        in the history; a question without any answer does not. Raises RemoteError.
        """
        self._messages.append({"role": "user", "content": question})
        answer: list[str] = []
        try:
            with sentences(self._client):
                for piece in self._stream():
                    if not piece.thought:
                        answer.append(piece.text)
                    yield piece
        finally:
            if answer:
                self._messages.append({"role": "assistant", "content": "".join(answer)})
            else:
                self._messages.pop()

    def _stream(self) -> Iterator[Piece]:
        with self._client.chat.completions.create(
            model=self._model, messages=self._messages, stream=True
        ) as chunks:
            for chunk in chunks:
                for choice in chunk.choices:
                    if thought := getattr(choice.delta, "reasoning_content", None):
                        yield Piece(thought, thought=True)
                    if choice.delta.content:
                        yield Piece(choice.delta.content)

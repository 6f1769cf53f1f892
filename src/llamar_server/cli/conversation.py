"""A conversation with a model behind the OpenAI API, through the ``openai`` SDK.

It owns the history. It refuses to read a keyboard or to print.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import openai

from ..errors import LlamarError

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessageParam

_ANSWER_SECONDS: Final = 600.0
"""How long a server may be silent."""


class ChatError(LlamarError):
    """The server did not answer, or refused."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text of an answer; ``thought`` if it is reasoning."""

    text: str
    thought: bool = False


def connect(url: str, api_key: str | None, timeout: float) -> openai.OpenAI:
    """A client for the server at ``url``, which may lack ``http://`` and ``/v1``, and which has
    ``timeout`` seconds to take a connection. Its answers may take long: models are slow.

    Proxies of the environment are for other machines: they do not capture what goes to this one.
    """
    base = url if "://" in url else f"http://{url}"
    base = base.rstrip("/").removesuffix("/v1") + "/v1"
    http = openai.DefaultHttpxClient(trust_env=not _is_this_machine(urlsplit(base).hostname or ""))
    return openai.OpenAI(
        base_url=base,
        api_key=api_key or "none",
        http_client=http,
        timeout=openai.Timeout(_ANSWER_SECONDS, connect=timeout),
        max_retries=0,
    )


def first_model(client: openai.OpenAI) -> str:
    """The name of the model that the server serves, the first one if there are several."""
    try:
        return next(iter(client.models.list())).id
    except openai.APIError as error:
        raise ChatError(_sentence(error, client)) from error
    except StopIteration:
        raise ChatError(f"{client.base_url} serves no model") from None


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
        in the history; a question without any answer does not. Raises ChatError.
        """
        self._messages.append({"role": "user", "content": question})
        answer: list[str] = []
        try:
            for piece in self._stream():
                if not piece.thought:
                    answer.append(piece.text)
                yield piece
        except openai.APIError as error:
            raise ChatError(_sentence(error, self._client)) from error
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


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _sentence(error: openai.APIError, client: openai.OpenAI) -> str:
    if isinstance(error, openai.APITimeoutError):
        return f"{client.base_url} took too long to answer"
    if isinstance(error, openai.APIConnectionError):
        return f"the connection to {client.base_url} failed ({error.__cause__ or error})"
    body = error.body
    message = body.get("message") if isinstance(body, dict) else None
    return str(message or error.message)

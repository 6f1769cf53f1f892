"""Asks a real server, through the ``openai`` SDK as anyone would, or raw: the model's bare text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from openai import DefaultHttpxClient, OpenAI, OpenAIError

from llamar_providers.process import LocalServer
from llamar_server.chat.template import ChatTemplate

from .cases import Case, arguments_of
from .scoring import Answer

_CALL: Final = re.compile(r"<tool_call>\n?(.*?)\n?</tool_call>", re.DOTALL)
_MAX_TOKENS: Final = 450


class Asker:
    """A server of one model, and its template for raw prompts."""

    def __init__(self, client: OpenAI, model: Path) -> None:
        self._client = client
        self._template = ChatTemplate.from_gguf(model)

    def chat(self, case: Case) -> Answer:
        """As frameworks ask: tools and schemas hold the model to their grammar."""
        request: dict[str, Any] = {"messages": case.messages}
        if case.tools:
            request["tools"] = case.tools
        if case.schema:
            schema = {"name": "data", "schema": case.schema, "strict": True}
            request["response_format"] = {"type": "json_schema", "json_schema": schema}
        thinking = {"chat_template_kwargs": {"enable_thinking": case.thinking}}
        try:
            done = self._client.chat.completions.create(
                model="m", temperature=0, max_tokens=_MAX_TOKENS, extra_body=thinking, **request
            )
        except OpenAIError as error:
            return Answer(error=str(error))
        message = done.choices[0].message
        calls = [
            (call.function.name, arguments_of(call.function.arguments)) for call in message.tool_calls or ()
        ]
        thought = getattr(message, "reasoning_content", "") or ""
        return Answer(
            message.content or "", thought, calls, done.usage.completion_tokens if done.usage else 0
        )

    def raw(self, case: Case) -> Answer:
        """What the model writes by itself."""
        prompt = self._template.render(case.messages, case.tools or None, enable_thinking=case.thinking)
        try:
            done = self._client.completions.create(
                model="m",
                prompt=prompt,
                temperature=0,
                max_tokens=_MAX_TOKENS,
                extra_body={"skip_special_tokens": False},
            )
        except OpenAIError as error:
            return Answer(error=str(error))
        return parsed(done.choices[0].text, done.usage.completion_tokens if done.usage else 0)


def parsed(text: str, tokens: int = 0) -> Answer:
    """The parts of an answer in the markup of the model."""
    thought, found, rest = text.partition("</think>")
    if found:
        text = rest
    calls: list[tuple[str, dict[str, Any] | None]] = []
    for written in _CALL.findall(text):
        call = arguments_of(written) or {}
        arguments = call.get("arguments")
        calls.append((str(call.get("name")), arguments if isinstance(arguments, dict) else None))
    said = _CALL.sub("", text).strip()
    return Answer(said, thought.replace("<think>", "") if found else "", calls, tokens)


@contextmanager
def serving(model: Path) -> Iterator[Asker]:
    """A server on ``model`` for as long as the block lasts."""
    with LocalServer.start(str(model), ["--threads=1"]) as server:
        http = DefaultHttpxClient(trust_env=False)
        yield Asker(OpenAI(base_url=f"{server.url}/v1", api_key="none", http_client=http, timeout=120), model)

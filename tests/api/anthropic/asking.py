"""Requests as JSON, read as the server reads them."""

from __future__ import annotations

import json
from typing import Any

from llamar_server.api.anthropic.request import message_request
from llamar_server.api.anthropic.schema import MessagesRequest
from llamar_server.api.body import parse
from llamar_server.chat.types import ChatRequest, Message

USER = {"role": "user", "content": "hi"}


def body_of(**fields: Any) -> dict[str, Any]:
    return {"model": "some-model", "max_tokens": 100, "messages": [USER], **fields}


def asked(**fields: Any) -> ChatRequest:
    """What a body with these fields asks for."""
    return message_request(parse(json.dumps(body_of(**fields)).encode(), MessagesRequest))


def conversation(*messages: dict[str, Any], **fields: Any) -> tuple[Message, ...]:
    return asked(messages=list(messages), **fields).messages

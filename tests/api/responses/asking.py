"""Requests as JSON, read as the server reads them."""

from __future__ import annotations

import json
from typing import Any

from llamar_server.api.body import parse
from llamar_server.api.responses.conversation import conversation, remember
from llamar_server.api.responses.request import response_request
from llamar_server.api.responses.schema import ResponsesRequest
from llamar_server.api.responses.store import ResponseStore
from llamar_server.chat.types import ChatRequest, Message

Json = dict[str, Any]

USER: Json = {"role": "user", "content": "hi"}
ADD: Json = {"type": "function", "name": "add", "parameters": {"type": "object", "properties": {"a": {}}}}
CALL: Json = {"type": "function_call", "call_id": "call_1", "name": "add", "arguments": '{"a": 1}'}
RESULT: Json = {"type": "function_call_output", "call_id": "call_1", "output": "2"}


def body_of(**fields: Any) -> ResponsesRequest:
    return parse(json.dumps({"input": "hi", **fields}).encode(), ResponsesRequest)


def asked(store: ResponseStore | None = None, **fields: Any) -> ChatRequest:
    """What a body with these fields asks for."""
    body = body_of(**fields)
    return response_request(body, conversation(body, store or ResponseStore()))


def messages(*items: Json, **fields: Any) -> tuple[Message, ...]:
    return asked(input=list(items), **fields).messages


def answered(store: ResponseStore, response_id: str, *output: Json, **fields: Any) -> None:
    """``store`` as it is after a request with these fields was answered."""
    body = body_of(**fields)
    remember(store, conversation(body, store), {"id": response_id, "output": list(output)})

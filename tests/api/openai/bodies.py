"""Bodies of chat completions, and what they are translated to."""

from __future__ import annotations

import json
from typing import Any

from llamar_server.api.body import parse
from llamar_server.api.openai.request import chat_request
from llamar_server.api.openai.schema import ChatCompletionRequest
from llamar_server.chat.types import ChatRequest

USER = {"role": "user", "content": "hi"}
ADD = {"type": "function", "function": {"name": "add", "parameters": {"type": "object", "properties": {}}}}
SUB = {"type": "function", "function": {"name": "sub", "description": "less", "strict": True}}
CALL = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}


def translated(**fields: Any) -> ChatRequest:
    body = json.dumps({"messages": [USER], **fields}).encode()
    return chat_request(parse(body, ChatCompletionRequest))

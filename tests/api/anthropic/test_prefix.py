"""Requests that continue a conversation continue its prompt: otherwise nothing of it is in the cache."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec
import pytest

from llamar_server.api.anthropic.request import message_request
from llamar_server.api.anthropic.schema import MessagesRequest
from llamar_server.api.body import parse
from llamar_server.chat.chatml import CHATML
from llamar_server.chat.model import ChatModel
from llamar_server.engine.prefix_cache import BLOCK
from tests.api.anthropic import claude_code
from tests.api.anthropic.wire import check_order
from tests.api.anthropic.wire import parse as events_of
from tests.chat.vectors import VECTORS
from tests.fakes.chat import INFO
from tests.servers import DEADLINE, ServerProcess


def template(name: str) -> str:
    if name == "ChatML":
        return CHATML
    path = VECTORS / "templates" / f"{name}.jinja"
    if not path.is_file():
        pytest.skip("the templates of ../shared/vectors are not beside this checkout")
    return path.read_text(encoding="utf-8")


# Of families whose template writes a turn that is over as the model wrote it …
TEMPLATES = [
    "ChatML",
    "HuggingFaceTB-SmolLM3-3B",
    "Kimi-K3",
    "MiniMax-M3",
    "Qwen-Qwen2.5-7B-Instruct",
    "Qwen3-Coder",
    "deepseek-ai-DeepSeek-V4",
    "google-gemma-2-2b-it",
    "ibm-granite-granite-4.1",
    "meta-llama-Llama-3.1-8B-Instruct",
    "unsloth-mistral-Devstral-Small-2507",
]
# … and whose template leaves the thoughts out as soon as the user has said something again.
FORGETFUL = ["GLM-4.6", "Kimi-K2-Thinking", "Qwen3.5-4B"]
LAST_OF_THE_TURN = claude_code.REQUESTS - 1


@cache
def chat_model(name: str) -> ChatModel:
    info = msgspec.structs.replace(INFO, chat_template=template(name))
    return ChatModel(SimpleNamespace(info=info))  # type: ignore[arg-type]


def prompts(name: str, *requests: Any) -> list[str]:
    chat = chat_model(name)
    bodies = [parse(json.dumps(request).encode(), MessagesRequest) for request in requests]
    return [chat.render(message_request(body)).prompt for body in bodies]


@pytest.mark.parametrize("thinks", [True, False])
@pytest.mark.parametrize(
    ("name", "last"),
    [(name, claude_code.REQUESTS) for name in TEMPLATES] + [(name, LAST_OF_THE_TURN) for name in FORGETFUL],
)
def test_each_prompt_of_claude_code_goes_on_from_the_last(name: str, last: int, thinks: bool) -> None:
    each = prompts(name, *(claude_code.request(n, thinks=thinks) for n in range(1, last + 1)))
    for before, after in pairwise(each):
        assert after[: len(before)] == before
        assert len(after) > len(before)


@pytest.mark.parametrize("name", TEMPLATES)
def test_another_session_has_the_same_prompt(name: str) -> None:
    one, other = prompts(name, claude_code.request(1), claude_code.request(1, session="def"))
    assert one == other
    assert "billing" not in one


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_was_said_is_in_the_prompt(name: str) -> None:
    (prompt,) = prompts(name, claude_code.request(claude_code.REQUESTS))
    said = ["You are an agent.", "Today: 2026", "Runs a command.", "<system-reminder>", "# Skills"]
    said += ["echo hi", "It said hi, a and b.", "Thanks. And now?"]
    assert [words for words in said if words not in prompt] == []


async def test_a_real_server_reads_them_from_its_cache(server: ServerProcess) -> None:
    async with httpx.AsyncClient(base_url=server.url, headers=claude_code.HEADERS, trust_env=False) as client:
        usages = []
        for n in range(1, claude_code.REQUESTS + 1):
            body = claude_code.request(n, max_tokens=8)
            answer = await client.post("/v1/messages?beta=true", json=body, timeout=DEADLINE)
            assert answer.status_code == 200, answer.text
            events = events_of(answer.content)
            check_order(events)
            usages.append(events[-2]["usage"])
    for before, after in pairwise(usages):
        prompt = before["cache_read_input_tokens"] + before["input_tokens"]
        assert after["cache_read_input_tokens"] > prompt - BLOCK

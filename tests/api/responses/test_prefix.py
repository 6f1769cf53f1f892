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

from llamar_server.api.body import parse
from llamar_server.api.opaque import seal
from llamar_server.api.responses.conversation import conversation
from llamar_server.api.responses.request import response_request
from llamar_server.api.responses.schema import ResponsesRequest
from llamar_server.api.responses.store import ResponseStore
from llamar_server.chat.chatml import CHATML
from llamar_server.chat.model import ChatModel
from llamar_server.engine.prefix_cache import BLOCK
from tests.api.responses import codex
from tests.api.responses.wire import check
from tests.api.responses.wire import parse as events_of
from tests.chat.vectors import VECTORS
from tests.fakes.chat import INFO
from tests.servers import DEADLINE, ServerProcess

THOUGHT = seal("Hm.")


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
LAST_OF_THE_TURN = codex.REQUESTS - 1


@cache
def chat_model(name: str) -> ChatModel:
    info = msgspec.structs.replace(INFO, chat_template=template(name))
    return ChatModel(SimpleNamespace(info=info))  # type: ignore[arg-type]


def prompts(name: str, *requests: Any) -> list[str]:
    chat, store = chat_model(name), ResponseStore()
    bodies = [parse(json.dumps(request).encode(), ResponsesRequest) for request in requests]
    return [chat.render(response_request(body, conversation(body, store))).prompt for body in bodies]


@pytest.mark.parametrize("sealed", [None, THOUGHT])
@pytest.mark.parametrize(
    ("name", "last"),
    [(name, codex.REQUESTS) for name in TEMPLATES] + [(name, LAST_OF_THE_TURN) for name in FORGETFUL],
)
def test_each_prompt_of_codex_goes_on_from_the_last(name: str, last: int, sealed: str | None) -> None:
    each = prompts(name, *(codex.request(n, sealed=sealed) for n in range(1, last + 1)))
    for before, after in pairwise(each):
        assert after[: len(before)] == before
        assert len(after) > len(before)


@pytest.mark.parametrize("name", TEMPLATES)
def test_another_session_has_the_same_prompt(name: str) -> None:
    one, other = prompts(
        name,
        codex.request(codex.REQUESTS),
        codex.request(codex.REQUESTS, session="def"),
    )
    assert one == other


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_was_said_is_in_the_prompt(name: str) -> None:
    (prompt,) = prompts(name, codex.request(codex.REQUESTS))
    said = ["You are an agent.", "You may run commands.", "/tmp/work", "Runs a command.", "Other agents."]
    said += ["multi_agent_v1__spawn_agent", "echo hi", "apply_patch", "Thanks. And now?"]
    assert [words for words in said if words not in prompt] == []
    assert "web_search" not in prompt


@pytest.mark.parametrize("name", TEMPLATES)
def test_compaction_without_tools(name: str) -> None:
    (prompt,) = prompts(name, codex.compaction(codex.REQUESTS))
    said = ["echo hi", "multi_agent_v1__spawn_agent", "Sum up what was done."]
    assert [words for words in said if words not in prompt] == []


async def test_a_real_server_reads_them_from_its_cache(server: ServerProcess) -> None:
    async with httpx.AsyncClient(base_url=server.url, headers=codex.HEADERS, trust_env=False) as client:
        usages = []
        for n in range(1, codex.REQUESTS + 1):
            body = codex.request(n, max_output_tokens=8)
            answer = await client.post("/v1/responses", json=body, timeout=DEADLINE)
            assert answer.status_code == 200, answer.text
            events = events_of(answer.content)
            check(events)
            usages.append(events[-1]["response"]["usage"])
    for before, after in pairwise(usages):
        assert after["input_tokens_details"]["cached_tokens"] > before["input_tokens"] - BLOCK

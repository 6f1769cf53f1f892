"""Which format each published template is found to have, proved by reading what the template writes."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from llamar_server.chat import parse_chat
from llamar_server.chat.formats import FAMILIES, ChatFormat, ToolFormat, detect
from tests.chat.vectors import needs_vectors, template, template_names

QUESTION = {"role": "user", "content": "Zquestion"}
WEATHER = {"city": 'Paris "x" <b>é', "days": 2, "tags": ["a", "b c"], "more": {"deep": True}}
MAIL = {"body": "line 1\n  line 2\n"}
TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather",
            "parameters": {
                "type": "object",
                "properties": {
                    "city": {"type": "string", "description": "where"},
                    "days": {"type": "integer", "description": "how long"},
                    "tags": {"type": "array", "items": {"type": "string"}, "description": "which"},
                    "more": {
                        "type": "object",
                        "description": "more",
                        "properties": {"deep": {"type": "boolean", "description": "deep"}},
                    },
                },
                "required": ["city"],
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "send",
            "description": "Mail",
            "parameters": {
                "type": "object",
                "properties": {"body": {"type": "string", "description": "text"}},
                "required": ["body"],
            },
        },
    },
]
SCHEMAS: dict[str, dict[str, Any]] = {
    "get_weather": TOOLS[0]["function"]["parameters"],
    "send": TOOLS[1]["function"]["parameters"],
}

FOUND = {
    "Apriel-1.6-15b-Thinker-fixed": "inferred",
    "Bielik-11B-v3.0-Instruct": "inferred",
    "Cohere2MoE": "inferred",
    "CohereForAI-c4ai-command-r-plus-tool_use": "command_r",
    "CohereForAI-c4ai-command-r7b-12-2024-tool_use": "inferred",
    "GLM-4.6": "inferred",
    "GigaChat3-10B-A1.8B": "inferred",
    "GigaChat3.1-10B-A1.8B": "inferred",
    "HuggingFaceTB-SmolLM3-3B": "generic",
    "Kimi-K2-Instruct": "kimi_k2",
    "Kimi-K2-Thinking": "kimi_k2",
    "Kimi-K3": "kimi_k3",
    "LFM2-8B-A1B": "lfm2",
    "LFM2.5-8B-A1B": "lfm2",
    "LFM2.5-Instruct": "lfm2",
    "MiniMax-M3": "minimax_m3",
    "NVIDIA-Nemotron-3-Nano-30B-A3B-BF16": "qwen3_coder",
    "Qwen3-Coder": "qwen3_coder",
    "Qwen3.5-4B": "qwen3_coder",
    "StepFun3.5-Flash": "qwen3_coder",
    "deepseek-ai-DeepSeek-R1-Distill-Llama-8B": "deepseek_r1",
    "deepseek-ai-DeepSeek-V3.2": "dsml",
    "deepseek-ai-DeepSeek-V4": "dsml",
    "google-gemma-2-2b-it": "generic",
    "google-gemma-4-31B-it": "gemma4",
    "google-gemma-4-31B-it-interleaved": "gemma4",
    "ibm-granite-granite-3.3-2B-Instruct": "granite3",
    "inclusionai-ling-3.0-flash": "ling3",
    "meetkai-functionary-medium-v3.2": "functionary",
    "meta-llama-Llama-3.1-8B-Instruct": "llama3",
    "microsoft-Phi-3.5-mini-instruct": "generic",
    "mistralai-Mistral-Nemo-Instruct-2407": "mistral",
    "muse-glimmer": "muse",
    "openai-gpt-oss-120b": "harmony",
    "poolside-Laguna-XS.2": "inferred",
    "tencent-Hy3": "inferred",
    "upstage-Solar-Open-100B": "inferred",
}

SHOW_NO_CALLS = {
    "HuggingFaceTB-SmolLM3-3B": "leaves calls out",
    "LFM2-8B-A1B": "leaves calls out",
    "LFM2.5-Instruct": "leaves calls out",
    "deepseek-ai-DeepSeek-R1-Distill-Llama-8B": "shows calls only where the content is null",
    "google-gemma-2-2b-it": "has no calls",
    "ibm-granite-granite-3.3-2B-Instruct": "leaves calls out",
    "llama-cpp-deepseek-r1": "shows calls only where there is no content",
    "llama-cpp-rwkv-world": "has no calls",
    "microsoft-Phi-3.5-mini-instruct": "has no calls",
}
ONE_CALL = {
    "GigaChat3-10B-A1.8B": "writes one call for each message",
    "GigaChat3.1-10B-A1.8B": "writes one call for each message",
    "meta-llama-Llama-3.1-8B-Instruct": "writes one call for each message",
    "meta-llama-Llama-3.2-3B-Instruct": "writes one call for each message",
    "meta-llama-Llama-3.3-70B-Instruct": "writes one call for each message",
    "openai-gpt-oss-120b": "writes one call for each message",
}

each_template = pytest.mark.parametrize("name", [n.removesuffix(".jinja") for n in template_names()])


@cache
def tool_format(name: str) -> ToolFormat:
    found = template(f"{name}.jinja")
    return detect(found.source, found.render)


def _call(number: int, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"call0000{number}", "type": "function", "function": {"name": name, "arguments": arguments}}


def _written(name: str, calls: list[dict[str, Any]]) -> str:
    """The assistant's turn with ``calls``, as the template writes it."""
    found = template(f"{name}.jinja")
    answer = {"role": "assistant", "content": "Let me see.", "tool_calls": calls}
    asked = found.render([QUESTION], TOOLS, add_generation_prompt=False)
    text = found.render([QUESTION, answer], TOOLS, add_generation_prompt=False)
    turn = text.rpartition("Zquestion")[2].removeprefix(asked.rpartition("Zquestion")[2])
    header = tool_format(name).turn_start
    return turn.partition(header)[2] if header else turn


@needs_vectors
@pytest.mark.parametrize("name", FOUND)
def test_family(name: str) -> None:
    assert tool_format(name).family == FOUND[name]


@needs_vectors
@each_template
@pytest.mark.parametrize("count", [1, 2])
def test_calls_that_the_template_writes_are_read(name: str, count: int) -> None:
    calls = [_call(1, "get_weather", WEATHER), _call(2, "send", MAIL)][: 1 if name in ONE_CALL else count]
    message = parse_chat(_written(name, calls), ChatFormat(tool_format(name), SCHEMAS))
    found = [(call.name, json.loads(call.arguments)) for call in message.tool_calls]
    if name in SHOW_NO_CALLS:
        assert found == [], "the template shows calls after all"
    else:
        assert found == [(call["function"]["name"], call["function"]["arguments"]) for call in calls]


@needs_vectors
@each_template
def test_the_generation_prompt_ends_in_the_header_of_a_turn(name: str) -> None:
    """... but for what it holds of the reasoning, so that the answer's beginning is known."""
    found, f = template(f"{name}.jinja"), tool_format(name)
    for thinking in (True, False):
        asked = found.render([QUESTION], add_generation_prompt=False)
        prompt = found.render([QUESTION], add_generation_prompt=True, enable_thinking=thinking)
        if f.turn_start and prompt != asked:
            rest = prompt.rpartition(f.turn_start)[2]
            assert f.turn_start in prompt
            message = parse_chat(rest, ChatFormat(f))
            assert message.content.strip() == "", rest


@needs_vectors
@each_template
def test_formats_survive_json(name: str) -> None:
    f = tool_format(name)
    assert ToolFormat.from_json(f.to_json()) == f


def test_families_are_told_apart() -> None:
    for family in FAMILIES:
        source = " ".join(family.marks)
        first = next(other for other in FAMILIES if other.matches(source))
        assert first is family or set(first.marks) < set(family.marks)
        assert not any(family.matches("".join((*family.marks, mark))) for mark in family.without)

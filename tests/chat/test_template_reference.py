"""Our prompts against those of llama.cpp, for every template and scenario of the vectors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from llamar_server.chat.chat import build_chat
from tests.chat.vectors import load, needs_vectors, template, template_names

BOS, EOS = "<s>", "</s>"

EXPLAINED = {
    **{
        f"fireworks-ai-llama-3-firefunction-v2.jinja/{scenario}": (
            "the reference renders an empty list of functions"
        )
        for scenario in ("tools", "history", "pending", "tools_think_off")
    },
    **{
        f"google-gemma-4-31B-it-interleaved.jinja/{scenario}": (
            "the reference rewrites tool results for this template"
        )
        for scenario in ("history", "pending")
    },
    "unsloth-mistral-Devstral-Small-2507.jinja/reason_hist": (
        "the reference drops the answer of a turn that had reasoning"
    ),
}
"""The prompts that differ, each with its reason. All are among the differences that the data's own
description names."""


TOLD_IN_TEXT = {
    "HuggingFaceTB-SmolLM3-3B.jinja",
    "deepseek-ai-DeepSeek-R1-Distill-Llama-8B.jinja",
    "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B.jinja",
    "google-gemma-2-2b-it.jinja",
    "llama-cpp-rwkv-world.jinja",
    "microsoft-Phi-3.5-mini-instruct.jinja",
}
"""The templates that have no place for tools: llama.cpp does not tell the model of them, we do."""


def cases() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    data = load("render_reference.json")
    for case in data["cases"]:
        yield f"{case['template']}/{case['scenario']}", case, data["scenarios"][case["scenario"]]


def rendered(case: dict[str, Any], scenario: dict[str, Any]) -> str:
    # a copy, so that a template that changes its data would spoil nothing but itself
    scenario = json.loads(json.dumps(scenario))
    return template(case["template"], BOS, EOS).render(
        scenario["messages"], scenario.get("tools"), enable_thinking=scenario.get("enable_thinking", True)
    )


@needs_vectors
def test_prompts_equal_the_reference() -> None:
    different = {
        name
        for name, case, scenario in cases()
        if "prompt" in case and rendered(case, scenario).removeprefix(BOS) != case["prompt"].removeprefix(BOS)
    }
    assert different == set(EXPLAINED)


@needs_vectors
def test_built_prompts_differ_only_by_tools_told_in_text() -> None:
    for name, case, scenario in cases():
        if "prompt" in case and name not in EXPLAINED:
            thinking = scenario.get("enable_thinking", True)
            chosen, tools = template(case["template"], BOS, EOS), scenario.get("tools")
            built = build_chat(chosen, scenario["messages"], tools, enable_thinking=thinking)
            if case["template"] in TOLD_IN_TEXT and tools:
                assert "get_weather" not in case["prompt"].partition("Rome")[0], name
                assert "get_weather" in built.prompt, name
            else:
                assert built.prompt.removeprefix(BOS) == case["prompt"].removeprefix(BOS), name


@needs_vectors
def test_what_the_reference_cannot_render_is_rendered() -> None:
    """Where llama.cpp has an error, a prompt comes out that holds the question; gemma-2's tool turns are
    written as text by ``build_chat``."""
    for name, case, scenario in cases():
        if "error" in case and "gemma-2" not in name:
            prompt = rendered(case, scenario)
            assert "Paris" in prompt, name
            assert "get_weather" in prompt, name


@needs_vectors
def test_no_template_of_the_vectors_is_replaced() -> None:
    # Templates of their own: the shared ones may have been warned about by other tests' conversations.
    warnings = {name: template.__wrapped__(name).warnings for name in template_names()}
    assert {name: found for name, found in warnings.items() if found} == {}

"""Chat templates: what they render, what happens when they cannot, and what they are found to take."""

from __future__ import annotations

import json
import logging
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import llamar_server
from llamar_server.chat import sandbox
from llamar_server.chat.capabilities import Capabilities
from llamar_server.chat.chatml import CHATML
from llamar_server.chat.template import ChatTemplate
from llamar_server.errors import InvalidRequest, ModelLoadError
from tests.chat.conversations import TOOLS, anything, orderly
from tests.chat.vectors import needs_vectors, template, template_names

MODEL = Path(llamar_server.__file__).parent / "data" / "llamar-tiny.gguf"
HELLO = [{"role": "user", "content": "Hello"}]
PLAIN = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"


BUNDLED = ChatTemplate.from_gguf(MODEL)


def capabilities_that_differ(can: Capabilities) -> dict[str, Any]:
    default = Capabilities()
    values = {name: getattr(can, name) for name in can.__slots__}
    return {name: value for name, value in values.items() if value != getattr(default, name)}


# --- the bundled model's ---


def test_the_bundled_template() -> None:
    assert BUNDLED.warnings == ()
    assert BUNDLED.eos_token == "<|im_end|>"
    assert capabilities_that_differ(BUNDLED.capabilities) == {}
    assert BUNDLED.render(HELLO, enable_thinking=False) == (
        "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
    )
    assert BUNDLED.render(HELLO).endswith("<|im_start|>assistant\n")
    assert BUNDLED.render(HELLO, add_generation_prompt=False) == "<|im_start|>user\nHello<|im_end|>\n"


@given(orderly())
def test_a_turns_prompt_is_the_start_of_the_next_ones(messages: list[dict[str, Any]]) -> None:
    """What was rendered to ask for an answer is a prefix of every later prompt: the caches hit."""
    full = BUNDLED.render(messages, enable_thinking=False)
    for position, message in enumerate(messages):
        if message["role"] == "assistant":
            asked = BUNDLED.render(messages[:position], enable_thinking=False)
            thought = bool((message.get("reasoning_content") or "").strip())
            assert full.startswith(asked.removesuffix("\n\n</think>\n\n") if thought else asked)


def test_no_gguf_no_template(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"PK")
    with pytest.raises(ModelLoadError, match=r"model\.gguf"):
        ChatTemplate.from_gguf(path)


# --- templates that fail ---


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "the model has none"),
        ("{% for m in messages %}{{ m.content }}", "cannot be compiled"),
        ("{{ messages | no_such_filter }}", "cannot be compiled"),
        ("{{ 1 / 0 }}", "cannot render a user's message"),
        ("Always the same.", "cannot render a user's message"),
        ("{{ raise_exception('never') }}", "cannot render a user's message"),
        (
            "{% for i in range(9999) %}{% for i in range(9999) %}{% endfor %}{% endfor %}",
            "cannot render a user's message",
        ),
    ],
)
def test_a_broken_template_is_replaced_by_chatml(
    source: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llamar_server.chat.template._MAX_PROBE_SECONDS", 0.2)
    broken = ChatTemplate(source)
    assert broken.render(HELLO) == "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n"
    (warning,) = broken.warnings
    assert reason in warning
    assert broken.source == CHATML


def test_a_template_that_fails_on_one_conversation(caplog: pytest.LogCaptureFixture) -> None:
    fragile = ChatTemplate(PLAIN + "{% if messages | length > 2 %}{{ 1 / 0 }}{% endif %}")
    assert fragile.render(HELLO) == "user: Hello\n"
    assert fragile.warnings == ()
    with caplog.at_level(logging.WARNING):
        assert fragile.render(HELLO * 3).count("<|im_start|>user\nHello") == 3
        fragile.render(HELLO * 3)
    (warning,) = fragile.warnings
    assert "division by zero" in warning
    assert len(caplog.records) == 1


def test_a_refusal_is_the_clients_to_mend() -> None:
    strict = ChatTemplate(
        PLAIN + "{% if messages[0].content == 'x' %}{{ raise_exception('no x') }}{% endif %}"
    )
    with pytest.raises(InvalidRequest, match="refuses these messages: no x") as caught:
        strict.render([{"role": "user", "content": "x"}])
    assert caught.value.param == "messages"
    assert strict.warnings == ()


def test_a_render_beyond_the_limits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    long = ChatTemplate(PLAIN + "{% for i in range(10000) %}{{ messages[0].content }}{% endfor %}")
    assert long.capabilities.works
    monkeypatch.setattr(sandbox, "MAX_RENDERED_CHARS", 100_000)
    with pytest.raises(InvalidRequest, match="longer than"):
        long.render([{"role": "user", "content": "much" * 10}])


def test_chatml_takes_everything() -> None:
    chatml = ChatTemplate(CHATML)
    assert capabilities_that_differ(chatml.capabilities) == {}
    assert chatml.warnings == ()


# --- variables ---


def test_variables_of_the_template() -> None:
    source = "{{ messages[0].content }}|{{ enable_thinking }}|{{ color }}|{{ bos_token }}{{ eos_token }}"
    given_ = ChatTemplate(source, "<s>", "</s>")
    assert given_.render(HELLO, template_kwargs={"color": "red"}) == "Hello|True|red|<s></s>"
    assert given_.render(HELLO, template_kwargs={"enable_thinking": False}) == "Hello|False||<s></s>"


@pytest.mark.parametrize("name", ["messages", "tools", "add_generation_prompt", "bos_token"])
def test_variables_that_are_not_the_clients(name: str) -> None:
    with pytest.raises(InvalidRequest, match=name) as caught:
        ChatTemplate(PLAIN).render(HELLO, template_kwargs={name: "x"})
    assert caught.value.param == "chat_template_kwargs"


def test_the_clock() -> None:
    source = "{{ messages[0].content }} {{ date_string }} {{ datetime }} {{ strftime_now('%Y-%m-%d') }}"
    dated = ChatTemplate(source, clock=lambda: datetime(2026, 2, 3))
    assert dated.render(HELLO) == "Hello 03 Feb 2026 Feb 03 2026 2026-02-03"


def test_a_template_cannot_change_the_clients_data() -> None:
    greedy = ChatTemplate(
        "{% set _ = messages.append(1) %}{% set _ = tools and tools.clear() %}{{ messages[0].content }}"
    )
    messages, tools = [dict(HELLO[0])], list(TOOLS)
    assert greedy.render(messages, tools) == "Hello"
    assert messages == HELLO
    assert tools == TOOLS


def test_the_variant_for_tools() -> None:
    both = ChatTemplate(PLAIN, tool_use_source=PLAIN + "{{ tools | length }}")
    assert both.for_tools(None) is both.for_tools([]) is both
    assert both.for_tools(TOOLS).render(HELLO, TOOLS) == "user: Hello\n2"
    alone = ChatTemplate(PLAIN)
    assert alone.for_tools(TOOLS) is alone


def test_tools_in_the_system_message() -> None:
    """As Phi-4-mini has them."""
    shown = "{% if m.tools %}[{{ m.tools }}]{% endif %}{{ '|' }}"
    source = "{% for m in messages %}{{ m.role }}: {{ m.content }}" + shown + "{% endfor %}"
    phi = ChatTemplate(source)
    assert phi.capabilities.tools
    told = json.dumps([tool["function"] for tool in TOOLS])
    assert phi.render(HELLO, TOOLS) == f"system: [{told}]|user: Hello|"
    system = {"role": "system", "content": "Be brief."}
    assert phi.render([system, *HELLO], TOOLS) == f"system: Be brief.[{told}]|user: Hello|"
    assert phi.render(HELLO) == "user: Hello|"


@pytest.mark.parametrize("call_id", ["1", "", "call_0123456789abcdef", "AbCd01234"])
def test_ids_that_a_template_refuses_are_reshaped(call_id: str) -> None:
    source = (
        "{% for m in messages %}{{ m.content }}{% for c in m.tool_calls %}"
        "{% if c.id | length < 9 %}{{ raise_exception('too short') }}{% endif %}"
        "{{ c.function.name ~ c.function.arguments | tojson ~ c.id }}{% endfor %}{% endfor %}"
    )
    call = {"id": call_id, "function": {"name": "f", "arguments": "{}"}}
    messages = [*HELLO, {"role": "assistant", "tool_calls": [call]}, {"role": "tool", "content": "x"}]
    found = re.fullmatch(r"Hellof\{\}([A-Za-z0-9]{9})x", ChatTemplate(source).render(messages))
    assert found
    assert call_id != "AbCd01234" or found[1] == call_id


# --- every template there is ---

LIMITS = {  # what cannot be taken as it is, by template; all others take everything but reasoning
    "google-gemma-2-2b-it.jinja": {"system", "tools", "tool_calls", "tool_results", "repeated_users"},
    "Qwen3.5-4B.jinja": {"later_system", "no_user"},
    "mistralai-Mistral-Nemo-Instruct-2407.jinja": {"any_ids", "user_after_tool", "repeated_users"},
    "meta-llama-Llama-3.1-8B-Instruct.jinja": {"parallel_calls"},
    "meetkai-functionary-medium-v3.2.jinja": {"object_arguments"},
    "openai-gpt-oss-120b.jinja": {"later_system", "thought_beside_text"},
    "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B.jinja": {"tools"},
    "microsoft-Phi-3.5-mini-instruct.jinja": {"tools", "tool_calls", "tool_results"},
}


@needs_vectors
@pytest.mark.parametrize("name", LIMITS)
def test_limits_are_found_by_rendering(name: str) -> None:
    can = template(name).capabilities
    assert {limit for limit in LIMITS[name] if getattr(can, limit)} == set()


@needs_vectors
@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("openai-gpt-oss-120b.jinja", "thinking"),
        ("upstage-Solar-Open-100B.jinja", "reasoning"),
        ("mistralai-Ministral-3-14B-Reasoning-2512.jinja", "parts"),
        ("Qwen-Qwen3-0.6B.jinja", "reasoning_content"),
        ("meta-llama-Llama-3.1-8B-Instruct.jinja", None),
    ],
)
def test_the_field_of_reasoning_is_found(name: str, field: str | None) -> None:
    assert template(name).capabilities.reasoning == field


@needs_vectors
def test_tools_that_stand_in_the_first_user_turn_need_no_user() -> None:
    chosen = template("meta-llama-Llama-3.1-8B-Instruct.jinja")
    assert "Be brief." in chosen.render([{"role": "system", "content": "Be brief."}], TOOLS)


@needs_vectors
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(template_names() or ("",)), messages=anything, tools=st.booleans())
def test_no_conversation_breaks_a_template(name: str, messages: list[dict[str, Any]], tools: bool) -> None:
    chosen = template(name)
    before = chosen.warnings  # of other tests, which share the template
    try:
        chosen.render(messages, TOOLS if tools else None)
    except InvalidRequest:
        assert any(m["role"] == "tool" or m.get("tool_calls") for m in messages)
    assert chosen.warnings == before


@needs_vectors
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(template_names() or ("",)), messages=orderly())
def test_every_template_shows_every_question(name: str, messages: list[dict[str, Any]]) -> None:
    chosen = template(name)
    messages.append({"role": "user"})
    for number, message in enumerate(messages):
        if message["role"] in ("user", "system", "developer"):
            message["content"] = f"word{number}"
    if any("tool_calls" in m for m in messages) and not chosen.capabilities.tool_results:
        return
    prompt = chosen.render(messages)
    shown = [m["content"] for m in messages if m["role"] in ("user", "system", "developer")]
    assert [word for word in shown if word not in prompt] == []

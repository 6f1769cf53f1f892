"""How LiteLLM gets to know the provider, in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import litellm
import pytest

import llamar_providers.litellm as ours
from llamar_providers.litellm.provider import LlamarLLM
from tests.providers.litellm.asking import WAYS, raw
from tests.servers import DEADLINE, ServerProcess


def run(code: str, **variables: str) -> Any:
    """What ``code`` writes, as JSON; it must not write anything else, not even on standard error."""
    result = subprocess.run(
        [sys.executable, "-c", f"import json\n{code}"],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        env=os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"} | variables,
    )
    assert result.stderr == ""
    return json.loads(result.stdout)


def test_importing_us_imports_no_litellm() -> None:
    code = "import llamar_providers.litellm, sys; print(json.dumps([*sys.modules]))"
    loaded = run(code)
    assert "llamar_providers.litellm" in loaded
    assert {"litellm", "openai", "httpx", "pydantic"} & set(loaded) == set()


@pytest.mark.parametrize("use", ["register()", "handler"])
def test_without_litellm_the_extra_is_named(use: str) -> None:
    code = (
        "import sys; sys.modules['litellm'] = None\n"
        f"try:\n    import llamar_providers.litellm as ours; ours.{use}\n"
        "except ImportError as error:\n    print(json.dumps(str(error)))\n"
    )
    assert run(code) == "LiteLLM is not installed; pip install 'llamar[litellm]'"


def test_registered_twice_beside_another_provider(server: ServerProcess) -> None:
    """Nothing is printed, whatever LiteLLM has to say about providers and prices."""
    code = (
        "import litellm, os; from litellm.llms.custom_llm import CustomLLM\n"
        "other = {'provider': 'other', 'custom_handler': CustomLLM()}\n"
        "kept = litellm.custom_provider_map; kept.append(other)\n"
        "from llamar_providers.litellm import register\n"
        "same = register() is register()\n"
        "answer = litellm.completion('llamar/local', [{'role': 'user', 'content': 'Hi'}], temperature=0)\n"
        "known = litellm.get_supported_openai_params('llamar/local')\n"
        "print(json.dumps([same, kept is litellm.custom_provider_map, [e['provider'] for e in kept],\n"
        "                  'tools' in known, answer.choices[0].message.content]))\n"
    )
    said = run(code, LLAMAR_BASE_URL=server.url)
    assert said == [True, True, ["other", "llamar"], True, "Hi! How can I help you?"]


def test_the_handler_is_always_the_handler() -> None:
    """As the proxy asks for it: an attribute, which must not become a module once that is imported."""
    assert isinstance(ours.handler, LlamarLLM)
    assert ours.handler is ours.register()
    with pytest.raises(AttributeError, match="no attribute 'handlers'"):
        ours.handlers  # noqa: B018 -- it is the looking that counts


# --- prices and capabilities ---


def test_known_before_the_first_call() -> None:
    assert litellm.supports_function_calling("llamar/local")
    assert litellm.cost_per_token("llamar/local", prompt_tokens=9, completion_tokens=9) == (0.0, 0.0)


@WAYS
def test_answers_cost_nothing(server: ServerProcess, way: str) -> None:
    answer = raw(way, "Hi", model="llamar/priceless", api_base=server.url)
    if isinstance(answer, list):
        answer = litellm.stream_chunk_builder(answer)
    assert litellm.completion_cost(answer) == 0.0
    assert answer._hidden_params["response_cost"] == 0.0


def test_what_the_model_can_do(server: ServerProcess) -> None:
    name = "llamar/capable"
    raw("completion", "Hi", model=name, api_base=server.url)
    info = litellm.get_model_info(name)
    assert (info["max_input_tokens"], info["max_output_tokens"]) == (4096, 4096)
    assert info["litellm_provider"] == "llamar"
    for able in ("function_calling", "parallel_function_calling", "response_schema", "reasoning"):
        assert getattr(litellm, f"supports_{able}")(name)
    assert not litellm.supports_vision(name)


def test_what_somebody_else_says_of_a_model_stays(server: ServerProcess) -> None:
    name = "llamar/dear"
    prices = {"input_cost_per_token": 0.0, "output_cost_per_token": 1.0}
    litellm.register_model({name: {"litellm_provider": "llamar", "mode": "chat", **prices}})
    answer = raw("completion", "Hi", model=name, api_base=server.url)
    assert litellm.completion_cost(answer) == answer.usage.completion_tokens
    assert litellm.get_model_info(name)["max_input_tokens"] == 4096

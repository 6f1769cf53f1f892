"""docs/api-openai.md tells of every field that the SDK knows, and tells the truth."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from openai.types import completion_create_params as text_params
from openai.types.chat import completion_create_params as chat_params

from llamar_server.api.openai.completions import CompletionRequest
from llamar_server.api.openai.refused import CHAT, COMPLETIONS
from llamar_server.api.openai.schema import ChatCompletionRequest

PAGE = (Path(__file__).parents[3] / "docs" / "api-openai.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)` \| (supported|refused|ignored) \|", re.MULTILINE)


def fields(section: str) -> dict[str, str]:
    """What the page says of each field of a section."""
    text = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return dict(ROW.findall(text))


def known(*params: Any) -> set[str]:
    return {name for each in params for name in each.__annotations__}


CASES = pytest.mark.parametrize(
    ("section", "sdk", "model", "refused"),
    [
        ("Chat completions", chat_params, ChatCompletionRequest, set(CHAT)),
        ("Completions", text_params, CompletionRequest, {"suffix"}),
    ],
)


@CASES
def test_every_field_of_the_sdk_is_decided(section: str, sdk: Any, model: Any, refused: set[str]) -> None:
    params = [sdk.CompletionCreateParamsNonStreaming, sdk.CompletionCreateParamsStreaming]
    bases = [base for each in params for base in each.__orig_bases__]
    assert known(*params, *bases) <= set(fields(section))


@CASES
def test_what_it_says_is_true(section: str, sdk: Any, model: Any, refused: set[str]) -> None:
    for name, said in fields(section).items():
        if said == "refused":
            assert name in refused or name == "best_of"
        else:
            assert name not in refused
            assert (name in model.model_fields) == (said == "supported")


def test_it_leaves_nothing_out() -> None:
    told = fields("Chat completions")
    assert set(ChatCompletionRequest.model_fields) | set(CHAT) <= set(told)
    assert set(CompletionRequest.model_fields) | set(COMPLETIONS) <= set(fields("Completions")) | set(told)

"""docs/api-responses.md tells of every field that the SDK knows, and tells the truth."""

from __future__ import annotations

import re
from pathlib import Path

from openai.types.responses import input_token_count_params, response_create_params

from llamar_server.api.responses.items import LEFT_OUT
from llamar_server.api.responses.refused import REFUSED
from llamar_server.api.responses.schema import UNDERSTOOD, ResponsesRequest
from llamar_server.api.responses.store import MAX_BYTES, MAX_COUNT
from llamar_server.api.sampling import SamplingFields

PAGE = (Path(__file__).parents[3] / "docs" / "api-responses.md").read_text(encoding="utf-8")
REQUEST, REST = PAGE.split("\n## The request\n")[1].split("\n**Items.**")
TABLE, BEYOND = REQUEST.split("\nBeyond OpenAI's")
FIELDS = dict(re.findall(r"^\| `(\w+)` \| (supported|refused|ignored) \|", TABLE, re.MULTILINE))
SDK = {
    name
    for params in (
        response_create_params.ResponseCreateParamsBase,
        response_create_params.ResponseCreateParamsStreaming,
        input_token_count_params.InputTokenCountParams,
    )
    for name in params.__annotations__
}
TOLD_BACK = {"metadata", "user", "safety_identifier", "prompt_cache_key"}


def said_to_be(what: str) -> set[str]:
    return {name for name, said in FIELDS.items() if said == what}


def test_every_field_of_the_sdk_is_decided() -> None:
    assert FIELDS.keys() == SDK


def test_what_it_says_is_true() -> None:
    read = ResponsesRequest.model_fields.keys()
    assert said_to_be("supported") | TOLD_BACK == read & SDK
    assert said_to_be("refused") == REFUSED.keys() & SDK
    told_back = set(re.findall(r"^\| `(\w+)` \| ignored \| told back", TABLE, re.MULTILINE))
    assert told_back == TOLD_BACK


def test_what_is_beyond_openai() -> None:
    supported, refused = BEYOND.split("are supported")
    names = set(re.findall(r"`(\w+)`", supported))
    assert names - {"repetition_penalty"} == SamplingFields.model_fields.keys() - SDK
    assert set(re.findall(r"`(\w+)`", refused)) == REFUSED.keys() - SDK


def test_every_item_is_told() -> None:
    items = set(re.findall(r"`(\w+)`", REST.split("\n**Tools.**")[0]))
    assert items >= {*UNDERSTOOD, *LEFT_OUT}


def test_the_size_of_the_store() -> None:
    assert f"up to {MAX_COUNT} of them and {MAX_BYTES // 2**20} MiB" in PAGE

"""docs/api-anthropic.md tells of every field that the SDK knows, and tells the truth."""

from __future__ import annotations

import re
from pathlib import Path

from anthropic.types import message_count_tokens_params, message_create_params
from anthropic.types.beta import message_count_tokens_params as beta_count_tokens_params
from anthropic.types.beta import message_create_params as beta_create_params

from llamar_server.api.anthropic.schema import MessagesRequest

PAGE = (Path(__file__).parents[3] / "docs" / "api-anthropic.md").read_text(encoding="utf-8")
REQUEST = PAGE.split("\n## The request\n")[1].split("\n**Messages.**")[0]
FIELDS = dict(re.findall(r"^\| `(\w+)` \| (supported|refused|ignored) \|", REQUEST, re.MULTILINE))
SDK = {
    name
    for params in (
        message_create_params.MessageCreateParamsBase,
        message_count_tokens_params.MessageCountTokensParams,
        beta_create_params.MessageCreateParamsBase,
        beta_create_params.MessageCreateParamsStreaming,
        beta_count_tokens_params.MessageCountTokensParams,
    )
    for name in params.__annotations__
}
REFUSED = {"thread", "compaction", "mcp_servers"}


def test_every_field_of_the_sdk_is_decided() -> None:
    assert FIELDS.keys() >= SDK


def test_what_it_says_is_true() -> None:
    assert {name for name, said in FIELDS.items() if said == "refused"} == REFUSED
    supported = {name for name, said in FIELDS.items() if said == "supported"}
    assert supported | REFUSED == MessagesRequest.model_fields.keys()

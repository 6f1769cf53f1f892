"""Requests that continue a conversation continue its prompt: otherwise nothing of it is in the cache."""

from __future__ import annotations

import json
from itertools import pairwise
from types import SimpleNamespace

import msgspec
import pytest

from llamar_server.api.body import parse
from llamar_server.api.openai.request import chat_request
from llamar_server.api.openai.schema import ChatCompletionRequest
from llamar_server.chat.chatml import CHATML
from llamar_server.chat.model import ChatModel
from tests.api.openai import opencode
from tests.chat.vectors import VECTORS
from tests.fakes.chat import INFO
from tests.servers import ServerProcess

TEMPLATES = [
    "ChatML",
    "HuggingFaceTB-SmolLM3-3B",
    "Qwen-Qwen2.5-7B-Instruct",
    "Qwen3-Coder",
    "ibm-granite-granite-4.1",
    "meta-llama-Llama-3.1-8B-Instruct",
]


def template(name: str) -> str:
    if name == "ChatML":
        return CHATML
    path = VECTORS / "templates" / f"{name}.jinja"
    if not path.is_file():
        pytest.skip("the templates of ../shared/vectors are not beside this checkout")
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_prompt_of_opencode_goes_on_from_the_last(name: str) -> None:
    info = msgspec.structs.replace(INFO, chat_template=template(name))
    chat = ChatModel(SimpleNamespace(info=info))  # type: ignore[arg-type]
    bodies = (json.dumps(opencode.request(n)).encode() for n in range(len(opencode.ENDS)))
    each = [chat.render(chat_request(parse(body, ChatCompletionRequest))).prompt for body in bodies]
    for before, after in pairwise(each):
        assert after[: len(before)] == before
        assert len(after) > len(before)


def test_a_real_server_reads_them_from_its_cache(server: ServerProcess) -> None:
    client = server.openai()
    before = 0
    for number in range(len(opencode.ENDS)):
        body = opencode.request(number, stream=False, max_tokens=4)
        del body["stream_options"]
        usage = client.chat.completions.create(**body).usage
        assert usage is not None
        assert usage.prompt_tokens_details is not None
        assert (usage.prompt_tokens_details.cached_tokens or 0) > before - 64
        before = usage.prompt_tokens

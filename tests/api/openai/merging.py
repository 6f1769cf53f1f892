"""How clients put the chunks of a chat completion together."""

from __future__ import annotations

import copy
from typing import Any

from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletionChunk


def merge_equal_once(left: Any, right: Any) -> Any:
    """As chatlas and ellmer do it: two equal values are one value told twice; strings and lists grow,
    lists of objects with an ``index`` by that index."""
    if right is None or left == right:
        return left
    if left is None:
        return copy.deepcopy(right)
    if isinstance(left, str):
        return left + right
    if isinstance(left, dict):
        return {**left, **{key: merge_equal_once(left.get(key), value) for key, value in right.items()}}
    if isinstance(left, list):
        return _merge_lists(left, right)
    return right


def _merge_lists(left: list[Any], right: list[Any]) -> list[Any]:
    merged = list(left)
    for each in right:
        places = [
            i
            for i, mine in enumerate(merged)
            if isinstance(mine, dict) and "index" in mine and mine["index"] == each.get("index")
        ]
        if places:
            without_type = {key: value for key, value in each.items() if key != "type"}
            merged[places[0]] = merge_equal_once(merged[places[0]], without_type)
        else:
            merged.append(copy.deepcopy(each))
    return merged


def merged_as_chatlas(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    """The completion that chatlas ends with; the message is under ``delta``."""
    completion: dict[str, Any] | None = None
    for chunk in chunks:
        completion = merge_equal_once(completion, chunk)
    assert completion is not None
    return completion


def merged_as_openai(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    """The completion that the openai SDK's own accumulator ends with."""
    state: Any = ChatCompletionStreamState()
    for chunk in chunks:
        state.handle_chunk(ChatCompletionChunk.model_validate(chunk))
    completion: dict[str, Any] = state.get_final_completion().to_dict()
    return completion

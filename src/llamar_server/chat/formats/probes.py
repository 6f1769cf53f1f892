"""The conversations that inference renders, made of words that occur in no template."""

from __future__ import annotations

from typing import Any, Final

USER: Final = "Zquestion7"
NEXT: Final = "Zfollowing7"
ANSWER: Final = "Zanswer7"
THOUGHT: Final = "Zthought7"
NAMES: Final = ("zfirst_tool", "zsecond_tool")
KEYS: Final = ("zkey_one", "zkey_two")
VALUES: Final = (("Zvalue1", "Zvalue2"), ("Zvalue3", "Zvalue4"))
IDS: Final = ("Zcall0001", "Zcall0002")


def question() -> dict[str, Any]:
    return {"role": "user", "content": USER}


def answer(*, reasoning: bool = False) -> dict[str, Any]:
    thought = {"reasoning_content": THOUGHT} if reasoning else {}
    return {"role": "assistant", "content": ANSWER, **thought}


def calling(count: int, *, reasoning: bool = False) -> dict[str, Any]:
    """A turn with the first ``count`` of the calls."""
    thought = {"reasoning_content": THOUGHT} if reasoning else {}
    return {"role": "assistant", "content": "", **thought, "tool_calls": [_call(n) for n in range(count)]}


def arguments(number: int) -> dict[str, str]:
    return dict(zip(KEYS, VALUES[number], strict=True))


def tools() -> list[dict[str, Any]]:
    properties = {key: {"type": "string", "description": "text"} for key in KEYS}
    parameters = {"type": "object", "properties": properties, "required": list(KEYS)}
    return [
        {"type": "function", "function": {"name": name, "description": "a tool", "parameters": parameters}}
        for name in NAMES
    ]


def _call(number: int) -> dict[str, Any]:
    function = {"name": NAMES[number], "arguments": arguments(number)}
    return {"id": IDS[number], "type": "function", "function": function}

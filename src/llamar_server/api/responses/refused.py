"""Fields of a response's request that are known and not honoured."""

from __future__ import annotations

from typing import Any, Final

from ..refused import SAMPLERS, Refused


def _use(field: str, *harmless: Any) -> Refused:
    return Refused(f"use {field} instead", harmless)


_FORMAT: Final = _use("text.format")

# Those of OpenAI's API …
_OPENAI: Final[dict[str, Refused]] = {
    "background": Refused("an answer is made while its request is open", harmless=(False,)),
    "conversation": Refused("use previous_response_id, or send the whole conversation"),
    "prompt": Refused("no prompts are stored here; send instructions and input"),
    "context_management": Refused("nothing is compacted here; the client has to", harmless=([],)),
    "moderation": Refused("there is no moderation model here"),
}

# … and those that belong to other APIs, where it is easy to believe that they were honoured.
_ELSEWHERE: Final[dict[str, Refused]] = {
    "messages": _use("input"),
    "max_tokens": _use("max_output_tokens"),
    "max_completion_tokens": _use("max_output_tokens"),
    "response_format": _FORMAT,
    "json_schema": _FORMAT,
    "guided_json": _FORMAT,
    "guided_choice": _FORMAT,
    "structured_outputs": _FORMAT,
    "guided_grammar": Refused("use /v1/chat/completions and its grammar"),
    "grammar": Refused("use /v1/chat/completions, which takes grammars"),
    "guided_regex": Refused("use /v1/chat/completions and its regex"),
    "regex": Refused("use /v1/chat/completions, which takes regular expressions"),
    "chat_template_kwargs": Refused("use /v1/chat/completions, which takes them", harmless=({},)),
    "reasoning_effort": _use("reasoning.effort"),
    "enable_thinking": _use("reasoning.effort"),
    "verbosity": _use("text.verbosity"),
    "logprobs": Refused("use top_logprobs, and include message.output_text.logprobs", harmless=(False,)),
    "functions": _use("tools", []),
    "function_call": _use("tool_choice", "none", "auto"),
    "n": Refused("there is one answer to a request", harmless=(1,)),
    **SAMPLERS,
}

REFUSED: Final[dict[str, Refused]] = {**_OPENAI, **_ELSEWHERE}

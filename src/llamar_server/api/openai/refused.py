"""Fields of requests that are known and not honoured."""

from __future__ import annotations

from typing import Final

from ..refused import SAMPLERS, Refused

_SCHEMA: Final = Refused("use response_format with a json_schema instead")
_GRAMMAR: Final = Refused("use grammar (GBNF) instead")

# Extensions of other local servers: an answer that ignores them looks right and is not what was asked for.
_OTHER_SERVERS: Final[dict[str, Refused]] = {
    "guided_json": _SCHEMA,
    "guided_choice": _SCHEMA,
    "structured_outputs": _SCHEMA,
    "json_schema": _SCHEMA,
    "guided_grammar": _GRAMMAR,
    "guided_regex": Refused("use regex instead"),
    **SAMPLERS,
}

CHAT: Final[dict[str, Refused]] = {
    "audio": Refused("the models here write text only"),
    "modalities": Refused("the models here write text only", harmless=(["text"], [])),
    "prediction": Refused("predicted outputs are not implemented"),
    "web_search_options": Refused("there is no web search here; offer a tool instead"),
    "moderation": Refused("there is no moderation model here"),
    "functions": Refused("it is deprecated; use tools instead", harmless=([],)),
    "function_call": Refused("it is deprecated; use tool_choice instead", harmless=("none", "auto")),
    **_OTHER_SERVERS,
}

COMPLETIONS: Final[dict[str, Refused]] = {
    "suffix": Refused("filling in the middle is not implemented", harmless=("",)),
    **_OTHER_SERVERS,
}

_PREFIX: Final = Refused("write what the model wants before a query or a document into the input")

EMBEDDINGS: Final[dict[str, Refused]] = {
    "input_type": _PREFIX,
    "task": _PREFIX,
    "prompt_name": _PREFIX,
    "normalize": Refused("all vectors have length 1", harmless=(True,)),
    "normalized": Refused("all vectors have length 1", harmless=(True,)),
    "embd_normalize": Refused("all vectors have length 1", harmless=(2,)),
    "late_chunking": Refused("each input is embedded by itself", harmless=(False,)),
    "add_special_tokens": Refused("send token ids instead", harmless=(True,)),
    "truncation_direction": Refused("only the end can be cut off", harmless=("right", "Right")),
    "truncate_prompt_tokens": Refused("use truncate instead"),
    "embedding_type": Refused("use encoding_format instead", harmless=("float",)),
    "output_dtype": Refused("use encoding_format instead", harmless=("float",)),
    "output_dimension": Refused("use dimensions instead"),
}

"""Every error this package raises on purpose, as one tree.

    LlamarError
    ├── InvalidRequest            the request cannot be honoured as written; asking again will not help
    │   ├── UnsupportedParameter    a known parameter that this server or model does not honour
    │   ├── PromptTooLong           the prompt does not fit into the context window
    │   ├── InputTooLong            a text to embed or to rank is longer than its model takes
    │   ├── InvalidGrammar          a grammar, schema or regex that cannot be compiled
    │   └── UnknownModel            the requested model is not served here
    ├── QueueFull                 too many requests wait already; asking again later will help
    └── EngineError               the engine, not the request, is at fault
        ├── ModelLoadError          the model cannot be loaded (missing, not a GGUF, out of memory)
        └── EngineDied              the engine process ended while requests ran

It refuses to know HTTP: status codes and wire shapes are chosen in ``api/`` only.
"""


class LlamarError(Exception):
    """Base of all errors. ``str(error)`` is one sentence, fit to be shown to the user."""


class InvalidRequest(LlamarError):
    """The request cannot be honoured. ``param`` names the offending field where there is one."""

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


class UnsupportedParameter(InvalidRequest):
    """A known parameter that changes the answer and is not honoured here."""


class InvalidGrammar(InvalidRequest):
    """A grammar, JSON schema or regular expression that cannot be compiled."""


class UnknownModel(InvalidRequest):
    """No model of that name is served."""


class PromptTooLong(InvalidRequest):
    """The prompt leaves no room for an answer: ``n_prompt`` tokens against a window of ``n_ctx``."""

    def __init__(self, n_prompt: int, n_ctx: int, *, param: str | None = None) -> None:
        super().__init__(
            f"the prompt has {n_prompt} tokens, but the context window is {n_ctx} tokens; "
            "shorten the prompt or serve the model with a larger --n-ctx",
            param=param,
        )
        self.n_prompt = n_prompt
        self.n_ctx = n_ctx


class InputTooLong(InvalidRequest):
    """A text to embed or to rank, number ``index`` of its request, has ``n_tokens`` against ``n_ctx``."""

    def __init__(self, n_tokens: int, n_ctx: int, *, index: int = 0, param: str | None = None) -> None:
        super().__init__(
            f"input {index} has {n_tokens} tokens, but the model takes at most {n_ctx}; "
            "shorten it, or ask for truncation with truncate",
            param=param,
        )
        self.n_tokens = n_tokens
        self.n_ctx = n_ctx
        self.index = index


class QueueFull(LlamarError):
    """The queue is full. ``retry_after`` is a suggestion in whole seconds."""

    def __init__(self, message: str, *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class EngineError(LlamarError):
    """The engine failed; the request was not at fault."""


class ModelLoadError(EngineError):
    """The model cannot be loaded."""


class EngineDied(EngineError):
    """The engine process ended while the request ran, or is not there to take it."""

"""The engine in the caller's own process, for scripts and tests: prompts in, text out.

The same core as the server's, driven by a plain loop in the calling thread. It knows prompts, not
chat messages (see ``llamar_server.chat``), and serves one caller at a time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from types import TracebackType
from typing import Any

from ..config import EngineConfig
from .backend import load_backend
from .core import EngineCore
from .protocol import GenerateRequest, ModelInfo, SequenceOutput
from .sampling import SamplingParams

Prompt = str | list[int]


class Engine:
    """A loaded model.

        with Engine("model.gguf", n_ctx=4096) as engine:
            print(engine.generate("Once upon a time", max_tokens=32, temperature=0))

    ``settings`` are the fields of ``EngineConfig``. Raises ``ModelLoadError``.
    """

    def __init__(
        self,
        model_path: str | os.PathLike[str],
        *,
        on_progress: Callable[[float], None] | None = None,
        **settings: Any,
    ) -> None:
        config = EngineConfig(os.fspath(model_path), **settings)
        self._backend = load_backend(config, on_progress)
        self._core = EngineCore(self._backend, config)
        self._ids = count()

    @property
    def info(self) -> ModelInfo:
        return self._backend.info

    def generate(self, prompt: Prompt, **options: Any) -> str:
        """The continuation of ``prompt``. ``options`` are those of ``stream``."""
        return "".join(self.stream(prompt, **options))

    def stream(self, prompt: Prompt, **options: Any) -> Iterator[str]:
        """The continuation, piece by piece. Leaving the loop early aborts the generation.

        ``options`` are the fields of ``GenerateRequest`` (``max_tokens``, ``stop``, ``grammar``,
        ``preserved_tokens``, ...) and of ``SamplingParams`` (``temperature``, ``seed``, ...).
        Raises ``PromptTooLong``, ``InvalidGrammar`` or ``InvalidRequest``.
        """
        request = self._request(prompt, options)
        self._core.add(request)
        try:
            for output in self._run():
                if output.text:
                    yield output.text
        finally:
            self._core.abort(request.request_id)

    def generate_many(self, prompts: Iterable[Prompt], **options: Any) -> list[str]:
        """The continuations of many prompts, computed together, in the order of the prompts."""
        requests = [self._request(prompt, options) for prompt in prompts]
        texts = {request.request_id: "" for request in requests}
        try:
            for request in requests:
                self._core.add(request)
            for output in self._run():
                texts[output.request_id] += output.text
        finally:
            for request in requests:
                self._core.abort(request.request_id)
        return list(texts.values())

    def tokenize(self, text: str, *, add_special: bool = True, parse_special: bool = True) -> list[int]:
        return self._backend.tokenize(text, add_special=add_special, parse_special=parse_special)

    def detokenize(self, tokens: Sequence[int]) -> str:
        return self._core.detokenize(tokens)

    def close(self) -> None:
        """Give all memory back. The engine cannot be used any more."""
        self._backend.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> Iterator[SequenceOutput]:
        while not self._core.idle:
            yield from self._core.step()

    def _request(self, prompt: Prompt, options: dict[str, Any]) -> GenerateRequest:
        sampling = {k: v for k, v in options.items() if k in SamplingParams.__dataclass_fields__}
        rest = {k: v for k, v in options.items() if k not in sampling}
        rest["stop"] = tuple(rest.get("stop", ()))
        rest["preserved_tokens"] = tuple(rest.get("preserved_tokens", ()))
        return GenerateRequest(
            request_id=str(next(self._ids)), prompt=prompt, sampling=SamplingParams(**sampling), **rest
        )

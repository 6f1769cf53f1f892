"""The engine in the caller's own process, for scripts and tests: prompts in, text out.

The same core as the server's, driven by a plain loop in the calling thread. It knows prompts, not
chat messages (see ``llamar_server.chat``), and is not to be used from several threads at a time.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any

from ..config import EngineConfig
from ..errors import EngineError, InvalidRequest
from .backend import Backend, load_backend
from .core import EngineCore
from .in_process import InProcess
from .protocol import GenerateRequest, ModelInfo, SequenceOutput
from .sampling import SamplingParams

Prompt = str | list[int]


class Engine(InProcess[Backend]):
    """A loaded model.

        with Engine("model.gguf", n_ctx=4096) as engine:
            print(engine.generate("Once upon a time", max_tokens=32, temperature=0))

    ``settings`` are the fields of ``EngineConfig``; the queue has no limit unless one is given. Raises
    ``ModelLoadError``.
    """

    def __init__(
        self,
        model_path: str | os.PathLike[str],
        *,
        on_progress: Callable[[float], None] | None = None,
        **settings: Any,
    ) -> None:
        settings.setdefault("queue_limit", sys.maxsize)
        config = EngineConfig(os.fspath(model_path), **settings)
        super().__init__(load_backend(config, on_progress))
        self._core = EngineCore(self._backend, config)
        self._outputs: dict[str, deque[SequenceOutput]] = {}
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
        ``preserved_tokens``, ...) and of ``SamplingParams`` (``temperature``, ``seed``, ...), but not
        ``n`` and ``logprobs``: text is all that comes. Raises ``PromptTooLong``, ``InvalidGrammar`` or
        ``InvalidRequest``, and ``EngineError`` where the model cannot be computed.
        """
        request_id = self._submit(prompt, options)
        try:
            yield from self._texts(request_id)
        finally:
            self._forget(request_id)

    def generate_many(self, prompts: Iterable[Prompt], **options: Any) -> list[str]:
        """The continuations of many prompts, computed together, in the order of the prompts."""
        request_ids: list[str] = []
        try:
            for prompt in prompts:
                request_ids.append(self._submit(prompt, options))
            return ["".join(self._texts(request_id)) for request_id in request_ids]
        finally:
            for request_id in request_ids:
                self._forget(request_id)

    def _submit(self, prompt: Prompt, options: dict[str, Any]) -> str:
        self._check_open()
        request = _request(str(next(self._ids)), prompt, options)
        self._core.add(request)
        self._outputs[request.request_id] = deque()
        return request.request_id

    def _texts(self, request_id: str) -> Iterator[str]:
        outputs = self._outputs[request_id]
        while True:
            while outputs:
                output = outputs.popleft()
                if output.text:
                    yield output.text
                if output.finish is not None:
                    return
            self._step()

    def _forget(self, request_id: str) -> None:
        del self._outputs[request_id]
        self._core.abort(request_id)

    def _step(self) -> None:
        self._check_open()
        if self._core.idle:
            raise EngineError("the generation was lost when another one failed or was interrupted")
        try:
            outputs = self._core.step()
        except BaseException:  # Ctrl-C too: nobody knows how far it came
            self._core.clear()
            raise
        for output in outputs:
            self._outputs[output.request_id].append(output)


def _request(request_id: str, prompt: Prompt, options: dict[str, Any]) -> GenerateRequest:
    for name in ("request_id", "n", "logprobs"):
        if name in options:
            raise InvalidRequest(f"{name} is not supported here", param=name)
    sampling = {k: v for k, v in options.items() if k in SamplingParams.__dataclass_fields__}
    rest = {k: v for k, v in options.items() if k not in sampling}
    stop = rest.pop("stop", None) or ()
    rest["stop"] = (stop,) if isinstance(stop, str) else tuple(stop)
    rest["preserved_tokens"] = tuple(rest.get("preserved_tokens") or ())
    return GenerateRequest(request_id=request_id, prompt=prompt, sampling=SamplingParams(**sampling), **rest)

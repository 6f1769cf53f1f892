"""The engine process: ``python -m llamar_server.engine.worker``, settings as JSON in its argument."""

from __future__ import annotations

from ..config import EngineConfig
from ..errors import InvalidGrammar, InvalidRequest, PromptTooLong, QueueFull
from .backend import Progress, Vocabulary, load_backend
from .child import run_process
from .core import EngineCore
from .pipe import Abort
from .protocol import FromEngine, Generate, GenerateRequest, Refused, Step, ToEngine, decode_to_engine


class Generating:
    """An engine core, told what to do by messages. See ``child.Work``."""

    def __init__(self, config: EngineConfig, on_progress: Progress) -> None:
        backend = load_backend(config, on_progress)
        self.vocabulary: Vocabulary = backend
        self._core = EngineCore(backend, config)
        self._core.prepare()

    @property
    def idle(self) -> bool:
        return self._core.idle

    def take(self, message: ToEngine) -> FromEngine | None:
        match message:
            case Generate(request):
                return self._add(request)
            case Abort(request_id):
                self._core.abort(request_id)
        return None

    def step(self) -> list[FromEngine]:
        outputs = self._core.step()
        return [Step(outputs)] if outputs else []

    def _add(self, request: GenerateRequest) -> FromEngine:
        try:
            return self._core.add(request)
        except PromptTooLong as error:
            return Refused(
                request.request_id, "prompt_too_long", str(error), None, error.n_prompt, error.n_ctx
            )
        except InvalidGrammar as error:
            return Refused(request.request_id, "grammar", str(error), error.param)
        except InvalidRequest as error:
            return Refused(request.request_id, "invalid", str(error), error.param)
        except QueueFull as error:
            return Refused(request.request_id, "queue_full", str(error), None)


if __name__ == "__main__":
    run_process(EngineConfig, Generating, decode_to_engine)

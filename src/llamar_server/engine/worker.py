"""The engine process: ``python -m llamar_server.engine.worker``, settings as JSON in its argument.

It reads requests from its standard input and writes outputs to its standard output (``protocol.py``).
One loop does all the work: receive, step, send. The only other thread blocks on the pipe, because not
every system can poll one; when the pipe ends, the parent is gone and the process ends at once.
"""

from __future__ import annotations

import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO

import msgspec

from ..config import EngineConfig
from ..errors import EngineError, InvalidGrammar, InvalidRequest, LlamarError, PromptTooLong, QueueFull
from .backend import load_backend
from .core import EngineCore
from .protocol import (
    Abort,
    Detokenize,
    FromEngine,
    Generate,
    GenerateRequest,
    LoadFailed,
    Loading,
    Ready,
    Refused,
    Step,
    Text,
    ToEngine,
    Tokenize,
    Tokens,
    decode_to_engine,
    frame,
    read_frame,
)

_logger = logging.getLogger("llamar.engine")


class Worker:
    """Joins an engine core to its two pipes."""

    def __init__(self, config: EngineConfig, inbox: BinaryIO, outbox: BinaryIO) -> None:
        self._config = config
        self._inbox = inbox
        self._outbox = outbox
        self._messages: queue.SimpleQueue[ToEngine] = queue.SimpleQueue()

    def run(self) -> int:
        """Serve until the parent goes away. The exit status is 1 where the model cannot be loaded."""
        threading.Thread(target=self._read, daemon=True).start()
        try:
            backend = load_backend(self._config, _Reported(self._send))
        except BrokenPipeError:
            raise
        except Exception as error:
            _logger.debug("loading failed", exc_info=True)
            known = isinstance(error, LlamarError)
            self._send(LoadFailed(str(error) if known else f"cannot load {self._config.model_path}: {error}"))
            return 1
        self._core = EngineCore(backend, self._config)
        self._send(Ready(backend.info))
        while True:
            self._receive()
            outputs = self._core.step()
            if outputs:
                self._send(Step(outputs))

    def _read(self) -> None:
        # Not sys.exit: the main thread may be inside llama.cpp for long, and nobody waits for it now.
        try:
            while (body := read_frame(self._inbox)) is not None:
                self._messages.put(decode_to_engine(body))
        except Exception:
            _logger.exception("a message cannot be read")
            os._exit(1)
        os._exit(0)

    def _receive(self) -> None:
        """Take all messages that are there; wait for one where there is nothing to compute."""
        while True:
            try:
                message = self._messages.get(block=self._core.idle)
            except queue.Empty:
                return
            self._take(message)

    def _take(self, message: ToEngine) -> None:
        match message:
            case Generate(request):
                self._send(self._add(request))
            case Abort(request_id):
                self._core.abort(request_id)
            case Tokenize(call_id, text, add_special, parse_special):
                tokens = self._core.backend.tokenize(
                    text, add_special=add_special, parse_special=parse_special
                )
                self._send(Tokens(call_id, tokens))
            case Detokenize(call_id, tokens):
                self._send(Text(call_id, self._core.detokenize(tokens)))

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

    def _send(self, message: FromEngine) -> None:
        self._outbox.write(frame(message))
        self._outbox.flush()


class _Reported:
    """Load progress, sent on in steps of one percent."""

    def __init__(self, send: Callable[[FromEngine], None]) -> None:
        self._send = send
        self._percent = -1

    def __call__(self, progress: float) -> None:
        percent = int(progress * 100)
        if percent != self._percent:
            self._percent = percent
            self._send(Loading(progress))


def main() -> int:
    config = msgspec.json.decode(sys.argv[1].encode(), type=EngineConfig)
    logging.basicConfig(stream=sys.stderr, level=os.environ.get("LLAMAR_LOG_LEVEL", "ERROR").upper())
    # Ctrl-C and service managers reach the whole process group; when this process ends is the parent's
    # decision, who may let requests finish first.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")  # one of hundreds of lines, and it takes seconds
    inbox, outbox = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not land between the messages
    try:
        return Worker(config, inbox, outbox).run()
    except BrokenPipeError:
        return 0
    except EngineError as error:
        _logger.error("%s", error)
        return 1
    except Exception:  # the interpreter must not end by itself: a thread is still reading
        _logger.exception("the engine failed")
        return 1


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # no destructors: the system takes all memory back

"""A process that runs a model: its loop, its pipe's reading end, and how it begins and ends.

It reads requests from its standard input and writes answers to its standard output (``pipe.py``). One loop
does all the work: receive, step, send. The only other thread blocks on the pipe, because not every system
can poll one; when the pipe ends, the parent is gone and the process ends at once. What is computed is the
``Work``'s.
"""

from __future__ import annotations

import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, BinaryIO, NoReturn, Protocol, TypeVar

import msgspec

from ..config import EmbeddingConfig, EngineConfig
from ..errors import EngineError, LlamarError
from .backend import Progress, Vocabulary, detokenize
from .pipe import Detokenize, LoadFailed, Loading, Ready, Text, Tokenize, Tokens, frame, read_frame

ConfigT = TypeVar("ConfigT", EngineConfig, EmbeddingConfig)
_logger = logging.getLogger("llamar.engine")


class Work(Protocol):
    """What a process does with its model."""

    @property
    def vocabulary(self) -> Vocabulary: ...

    @property
    def idle(self) -> bool:
        """Whether a step would do nothing until another message comes."""

    def take(self, message: Any) -> msgspec.Struct | None:
        """Begin, or give up, what ``message`` says. What there is to answer at once."""

    def step(self) -> Sequence[msgspec.Struct]:
        """Compute one batch; what there is to say then. Raises ``EngineError``."""


class Child:
    """Joins a ``Work`` to its two pipes. ``begin`` loads it, ``decode`` reads what it is told."""

    def __init__(
        self,
        config: ConfigT,
        begin: Callable[[ConfigT, Progress], Work],
        decode: Callable[[bytes], msgspec.Struct],
        inbox: BinaryIO,
        outbox: BinaryIO,
    ) -> None:
        self._model_path = config.model_path
        self._begin = partial(begin, config)
        self._decode = decode
        self._inbox = inbox
        self._outbox = outbox
        self._messages: queue.SimpleQueue[msgspec.Struct] = queue.SimpleQueue()

    def run(self) -> int:
        """Serve until the parent goes away. The exit status is 1 where the model cannot be loaded."""
        threading.Thread(target=self._read, daemon=True).start()
        try:
            work = self._begin(_Reported(self._send))
        except BrokenPipeError:
            raise
        except Exception as error:
            _logger.debug("loading failed", exc_info=True)
            known = isinstance(error, LlamarError)
            self._send(LoadFailed(str(error) if known else f"cannot load {self._model_path}: {error}"))
            return 1
        self._send(Ready(work.vocabulary.info))
        while True:
            self._receive(work)
            for message in work.step():
                self._send(message)

    def _read(self) -> None:
        # Not sys.exit: the main thread may be inside llama.cpp for long, and nobody waits for it now.
        try:
            while (body := read_frame(self._inbox)) is not None:
                self._messages.put(self._decode(body))
        except Exception:
            _logger.exception("a message cannot be read")
            os._exit(1)
        os._exit(0)

    def _receive(self, work: Work) -> None:
        """Take all messages that are there; wait for one where there is nothing to compute."""
        while True:
            try:
                message = self._messages.get(block=work.idle)
            except queue.Empty:
                return
            answer = _answer(work.vocabulary, message) or work.take(message)
            if answer is not None:
                self._send(answer)

    def _send(self, message: msgspec.Struct) -> None:
        self._outbox.write(frame(message))
        self._outbox.flush()


def _answer(vocabulary: Vocabulary, message: msgspec.Struct) -> msgspec.Struct | None:
    """What every model answers."""
    match message:
        case Tokenize(call_id, text, add_special, parse_special):
            tokens = vocabulary.tokenize(text, add_special=add_special, parse_special=parse_special)
            return Tokens(call_id, tokens)
        case Detokenize(call_id, tokens):
            return Text(call_id, detokenize(vocabulary, tokens))
    return None


class _Reported:
    """Load progress, sent on in steps of one percent."""

    def __init__(self, send: Callable[[Loading], None]) -> None:
        self._send = send
        self._percent = -1

    def __call__(self, progress: float) -> None:
        percent = int(progress * 100)
        if percent != self._percent:
            self._percent = percent
            self._send(Loading(progress))


def run_process(
    config_type: type[ConfigT],
    begin: Callable[[ConfigT, Progress], Work],
    decode: Callable[[bytes], msgspec.Struct],
) -> NoReturn:
    """Be that process, from its set-up to its end; its argument is the settings, as JSON."""
    config = msgspec.json.decode(sys.argv[1].encode(), type=config_type)
    inbox, outbox = _set_up()
    try:
        status = Child(config, begin, decode, inbox, outbox).run()
    except BrokenPipeError:
        status = 0
    except EngineError as error:
        _logger.error("%s", error)
        status = 1
    except Exception:  # the interpreter must not end by itself: a thread is still reading
        _logger.exception("the engine failed")
        status = 1
    sys.stdout.flush()
    os._exit(status)  # no destructors: the system takes all memory back


def _set_up() -> tuple[BinaryIO, BinaryIO]:
    """Signals, logging, and the two pipes."""
    logging.basicConfig(stream=sys.stderr, level=os.environ.get("LLAMAR_LOG_LEVEL", "ERROR").upper())
    # Ctrl-C and service managers reach the whole process group; when this process ends is the parent's
    # decision, who may let requests finish first.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")  # one of hundreds of lines, and it takes seconds
    inbox, outbox = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not land between the messages
    return inbox, outbox

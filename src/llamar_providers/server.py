"""The server that an adapter uses: one that runs already, or one that is started on first use.

A started server belongs to this process: all objects with the same settings share it, and it goes
when the last of them does (stopped, collected, or with the interpreter), or when the process dies.
A server for many short-lived processes is ``shared.py``'s.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import weakref
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from .http import ServerUnreachable, get_json, root_of
from .process import LocalServer, ServerStartError
from .settings import LOAD_SECONDS, Launch, Remote, choose, choose_for_embeddings
from .shared import find_or_start

_NO_KEY = "none"  # the SDKs insist on a key


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go, what they carry, and the model that they ask for (None: not known yet)."""

    url: str
    api_key: str = field(repr=False)
    model_id: str | None

    @property
    def base_url(self) -> str:
        """What an OpenAI client is given."""
        return f"{self.url}/v1"

    def models(self) -> list[dict[str, Any]]:
        """What is served there, as ``GET /v1/models`` tells: one model or more. Raises ServerUnreachable."""
        answer = get_json(f"{self.base_url}/models", self.api_key)
        models = answer.get("data") if isinstance(answer, dict) else None
        if not models:
            raise ServerUnreachable(f"what answers at {self.url} serves no models")
        return list(models)

    def model_name(self) -> str:
        """The name to ask for; asks the server where none is known. Raises ServerUnreachable."""
        return self.model_id or str(self.models()[0]["id"])


class LlamarServer:
    """A llamar server to talk to: ``base_url`` of one that runs, or a ``model`` to start one with, an
    ``embedding_model``, or both. With the latter alone, the bundled toy is what it chats with.

    ``model_id`` is the name of the model, ``api_key`` what the server demands. ``n_ctx``,
    ``n_gpu_layers``, ``port`` (0: any) and ``options`` (further arguments of ``llamar serve``) are for a
    started one, which has ``timeout`` seconds to load. With ``idle_timeout`` the started server is shared
    with other processes, outlives this one, and goes after that many seconds without a request.

    Constructing does nothing: the server starts when it is first asked for, and again if it has ended
    since. With neither models nor base_url: see ``settings.choose``. A copy, also a pickled one, is
    another user of the same server. Any thread may use it.

    Raises ConfigurationError for both of them.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | None = None,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        port: int = 0,
        n_ctx: int | None = None,
        n_gpu_layers: int | None = None,
        model_id: str | None = None,
        options: tuple[str, ...] = (),
        timeout: float = LOAD_SECONDS,
        idle_timeout: float = 0.0,
        embedding_model: str | os.PathLike[str] | None = None,
    ) -> None:
        launch = Launch(
            _path(model),
            port,
            n_ctx,
            n_gpu_layers,
            model_id,
            tuple(options),
            embedding_model=_path(embedding_model),
        )
        target = choose(base_url=base_url, api_key=api_key, launch=launch)
        self._settle(target, timeout, idle_timeout, quiet=embedding_model is not None)

    @classmethod
    def launching(
        cls, launch: Launch, *, timeout: float = LOAD_SECONDS, idle_timeout: float = 0.0
    ) -> LlamarServer:
        """The server that ``launch`` describes; without a model in it, see ``settings.choose``."""
        return cls._to(choose(launch=launch), timeout, idle_timeout)

    @classmethod
    def for_embeddings(
        cls,
        launch: Launch | None = None,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout: float = LOAD_SECONDS,
        idle_timeout: float = 0.0,
    ) -> LlamarServer:
        """The server for who only wants vectors: that at ``base_url``, that which ``launch`` describes, or
        see ``settings.choose_for_embeddings``. Raises ConfigurationError, also where no embedding model is
        named."""
        target = choose_for_embeddings(base_url=base_url, api_key=api_key, launch=launch)
        return cls._to(target, timeout, idle_timeout, quiet=True)

    @classmethod
    def _to(
        cls, target: Remote | Launch, timeout: float, idle_timeout: float, quiet: bool = False
    ) -> LlamarServer:
        server = cls.__new__(cls)
        server._settle(target, timeout, idle_timeout, quiet)
        return server

    def _settle(self, target: Remote | Launch, timeout: float, idle_timeout: float, quiet: bool) -> None:
        """``quiet``: nobody is surprised that the toy is what it chats with."""
        self.target = target
        self._timeout = timeout
        self._idle_timeout = idle_timeout
        self._local: LocalServer | None = None
        self._told = quiet
        self._user = object()  # who this is to the pool, which must not keep it alive
        if isinstance(target, Launch):
            weakref.finalize(self, _POOL.release, target, self._user)

    def __reduce__(self) -> Any:
        return LlamarServer._to, (self.target, self._timeout, self._idle_timeout, self._told)

    # --- where ---

    def connect(self) -> Endpoint:
        """Where to send requests now. Starts the server if need be; raises ServerStartError."""
        target = self.target
        if isinstance(target, Remote):
            return Endpoint(root_of(target.base_url), target.api_key or _NO_KEY, target.model_id)
        if target.model is None and not self._told:
            self._told = True
            print("llamar: no model is configured; using llamar-tiny, the bundled toy", file=sys.stderr)
        if self._idle_timeout:
            shared = find_or_start(target, self._idle_timeout, self._timeout)
            return Endpoint(shared.url, shared.api_key or _NO_KEY, shared.model_id)
        local = self._local = _POOL.acquire(target, self._user, self._timeout)
        return Endpoint(local.url, local.api_key or _NO_KEY, local.model_id)

    @property
    def url(self) -> str:
        """``http://host:port``; starts the server if need be. Raises ServerStartError."""
        return self.connect().url

    @property
    def base_url(self) -> str:
        """What an OpenAI client is given. Starts the server if need be."""
        return self.connect().base_url

    @property
    def api_key(self) -> str:
        """What requests carry. Starts the server if need be."""
        return self.connect().api_key

    @property
    def pid(self) -> int | None:
        """The process of a started server of one's own; None before the start and for any other."""
        local = self._local
        return local.pid if local is not None and local.running else None

    def models(self) -> list[dict[str, Any]]:
        """What the server serves, as ``GET /v1/models`` tells. Raises ServerUnreachable."""
        return self.connect().models()

    # --- life ---

    def start(self) -> LlamarServer:
        """Start it now rather than on first use. Does nothing for a server that runs."""
        self.connect()
        return self

    def stop(self) -> bool:
        """Give up the started server, until it is used again. True if that ended it; False if there is
        none, it is not this process's, or another object still uses it."""
        self._local = None
        return isinstance(self.target, Launch) and _POOL.release(self.target, self._user)

    def __enter__(self) -> LlamarServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Pool:
    """The servers of this process by their settings, and who uses each."""

    def __init__(self) -> None:
        self._servers: dict[Launch, LocalServer] = {}
        self._users: dict[Launch, set[object]] = {}
        self._renew_locks()
        if hasattr(os, "register_at_fork"):
            # A forked child uses the servers of its parent; who else did must not hold its locks.
            os.register_at_fork(after_in_child=self._renew_locks)

    def acquire(self, launch: Launch, user: object, timeout: float) -> LocalServer:
        with self._lock:
            starting = self._starting.setdefault(launch, threading.Lock())
        with starting:
            server = self._joined(launch, user)
            if server is not None and server.running:
                return server
            if server is not None:
                server.stop()  # it has ended by itself; this closes what is left of it
            try:
                server = _start(launch, timeout)
            except BaseException:
                self.release(launch, user)
                raise
            with self._lock:
                self._servers[launch] = server
                self._users.setdefault(launch, set()).add(user)  # whatever was released meanwhile
            return server

    def release(self, launch: Launch, user: object) -> bool:
        """One user less; True if that was the last one and ended a server."""
        with self._lock:
            users = self._users.get(launch, set())
            if user not in users:
                return False
            users.remove(user)
            if users:
                return False
            del self._users[launch]
            server = self._servers.pop(launch, None)
        return server is not None and server.stop()

    def _joined(self, launch: Launch, user: object) -> LocalServer | None:
        with self._lock:
            self._users.setdefault(launch, set()).add(user)
            return self._servers.get(launch)

    def _renew_locks(self) -> None:
        self._lock = threading.RLock()  # reentrant: collecting garbage, which releases, can happen inside
        self._starting: dict[Launch, threading.Lock] = {}


_POOL = _Pool()
"""The one thing that all objects of a process share: processes are the process's, not an object's."""


def _path(model: str | os.PathLike[str] | None) -> str | None:
    return None if model is None else os.fspath(model)


def _start(launch: Launch, timeout: float) -> LocalServer:
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        try:
            return LocalServer.start(
                launch.model,
                launch.arguments,
                port=launch.port,
                api_key=launch.key(),
                timeout=timeout,
                stderr=said,
            )
        except ServerStartError as error:
            raise error.with_words_of(said) from None

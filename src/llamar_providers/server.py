"""The server that an adapter uses: one that runs already, or one that is started on first use.

A started server belongs to this process: all objects with the same settings share it, and it goes
when the last of them does (stopped, collected, or with the interpreter), or when the process dies.
A server for many short-lived processes is ``shared.py``'s.
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
import threading
import weakref
from types import TracebackType
from typing import Any, Protocol

from .http import get_json, root_of
from .process import LocalServer, ServerStartError
from .settings import Launch, Remote, choose
from .shared import find_or_start

_SECONDS_TO_START = 180.0
_NO_KEY = "none"  # the SDKs insist on a key


class Endpoint(Protocol):
    """Where requests go."""

    @property
    def url(self) -> str: ...

    @property
    def api_key(self) -> str | None: ...


class LlamarServer:
    """A llamar server to talk to: ``base_url`` of one that runs, or a ``model`` to start one with.

    ``n_ctx``, ``n_gpu_layers``, ``model_id``, ``port`` (0: any) and ``options`` (further arguments of
    ``llamar serve``) are for a started one, which has ``timeout`` seconds to load. With
    ``idle_timeout`` the started server is shared with other processes, outlives this one, and goes
    after that many seconds without a request. Constructing does nothing: the server starts when its
    address is first asked for. With neither model nor base_url: see ``settings.choose``.

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
        timeout: float = _SECONDS_TO_START,
        idle_timeout: float = 0.0,
    ) -> None:
        launch = Launch(os.fspath(model) if model else None, port, n_ctx, n_gpu_layers, model_id, options)
        self.target: Remote | Launch = choose(base_url=base_url, api_key=api_key, launch=launch)
        self._timeout = timeout
        self._idle_timeout = idle_timeout
        self._endpoint: Endpoint | None = None
        self._release: weakref.finalize[Any, Any] | None = None
        self._lock = threading.Lock()

    @classmethod
    def launching(cls, launch: Launch, *, idle_timeout: float = 0.0) -> LlamarServer:
        """The server that ``launch`` describes."""
        return cls(
            launch.model,
            port=launch.port,
            n_ctx=launch.n_ctx,
            n_gpu_layers=launch.n_gpu_layers,
            model_id=launch.model_id,
            options=launch.options,
            idle_timeout=idle_timeout,
        )

    # --- where ---

    @property
    def url(self) -> str:
        """``http://host:port``; starts the server if need be. Raises ServerStartError."""
        if isinstance(self.target, Remote):
            return root_of(self.target.base_url)
        return self._started(self.target).url

    @property
    def base_url(self) -> str:
        """What an OpenAI client is given. Starts the server if need be."""
        return f"{self.url}/v1"

    @property
    def api_key(self) -> str:
        """What requests carry. Starts the server if need be."""
        if isinstance(self.target, Remote):
            return self.target.api_key or _NO_KEY
        return self._started(self.target).api_key or _NO_KEY

    @property
    def owns_process(self) -> bool:
        """Whether the server is one that this process starts and ends."""
        return isinstance(self.target, Launch) and not self._idle_timeout

    @property
    def pid(self) -> int | None:
        """The process of a started server of one's own; None before the start and for any other."""
        endpoint = self._endpoint
        return endpoint.pid if isinstance(endpoint, LocalServer) and endpoint.running else None

    def models(self) -> list[dict[str, Any]]:
        """What the server serves, as ``GET /v1/models`` tells. Raises ServerUnreachable."""
        data = get_json(f"{self.base_url}/models", self.api_key)
        return list(data["data"])

    # --- life ---

    def start(self) -> LlamarServer:
        """Start it now rather than on first use. Does nothing for a server that runs."""
        if isinstance(self.target, Launch):
            self._started(self.target)
        return self

    def stop(self) -> bool:
        """Give up the started server. True if that ended it; False if there is none, it is not this
        process's, or another object still uses it."""
        with self._lock:
            release, self._release = self._release, None
            self._endpoint = None
        return bool(release and release())

    def __enter__(self) -> LlamarServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _started(self, launch: Launch) -> Endpoint:
        with self._lock:
            if isinstance(self._endpoint, LocalServer) and self._endpoint.running:
                return self._endpoint
            if launch.model is None and self._endpoint is None:
                print("llamar: no model is configured; using llamar-tiny, the bundled toy", file=sys.stderr)
            if self._idle_timeout:
                self._endpoint = find_or_start(launch, self._idle_timeout, self._timeout)
                return self._endpoint
            if self._release is not None:  # it has died; start another
                self._release()
            server = _POOL.acquire(launch, self._timeout)
            self._release = weakref.finalize(self, _POOL.release, launch)
            self._endpoint = server
            return server


class _Pool:
    """The servers of this process by their settings, and how many objects use each."""

    def __init__(self) -> None:
        self._reset()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def acquire(self, launch: Launch, timeout: float) -> LocalServer:
        with self._lock:
            starting = self._starting.setdefault(launch, threading.Lock())
        with starting:
            server = self._servers.get(launch)
            if server is None or not server.running:
                server = _start(launch, timeout)
            with self._lock:
                self._servers[launch] = server
                self._users[launch] = self._users.get(launch, 0) + 1
            return server

    def release(self, launch: Launch) -> bool:
        """One user less; True if that was the last one and ended a server."""
        with self._lock:
            if launch not in self._users:
                return False  # a fork's copy: the server is the parent's
            self._users[launch] -= 1
            if self._users[launch]:
                return False
            del self._users[launch]
            server = self._servers.pop(launch)
        ended = server.running
        server.stop()
        return ended

    def _reset(self) -> None:
        self._servers: dict[Launch, LocalServer] = {}
        self._users: dict[Launch, int] = {}
        self._starting: dict[Launch, threading.Lock] = {}
        self._lock = threading.Lock()

    def _forget(self) -> None:
        """In a forked child: the servers are the parent's. Their pipes are closed here, or they would
        not notice the parent's death."""
        for server in self._servers.values():
            server.disown()
        self._reset()


_POOL = _Pool()
"""The one thing that all objects of a process share: processes are the process's, not an object's."""


def _start(launch: Launch, timeout: float) -> LocalServer:
    # A port that was chosen is for others, too; one that nobody knows is for this process alone.
    key = None if launch.port else secrets.token_urlsafe()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        try:
            return LocalServer.start(
                launch.model, launch.arguments, port=launch.port, api_key=key, timeout=timeout, stderr=said
            )
        except ServerStartError as error:
            raise error.with_words_of(said) from None

"""A model's chat template: from messages and tools to the text of a prompt.

Owns which template is used (the model's own, its variant for tools, or the built-in ChatML where the
model's fails) and the variables it sees. Refuses to know how the answer is read (``formats``).
"""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from os import PathLike
from typing import Any, Final

import jinja2

from .. import gguf
from ..errors import InvalidRequest
from . import sandbox
from .adapt import adapt, put_tools_in_system
from .capabilities import Capabilities, probe
from .chatml import CHATML
from .messages import normalize

logger = logging.getLogger(__name__)

_MAX_PROBE_SECONDS: Final = 2.0
"""For the short conversations by which the capabilities are found."""
_RESERVED: Final = frozenset({"messages", "tools", "add_generation_prompt", "bos_token", "eos_token"})


class ChatTemplate:
    """One chat template, ready to render.

    ``source`` is its Jinja text; what cannot be compiled, or cannot render one user message, is replaced
    by ChatML, and ``warnings`` says so. ``tool_use_source`` is the model's variant for requests with
    tools, if it has one (``for_tools``). ``clock`` tells the date that some templates print.
    """

    def __init__(
        self,
        source: str,
        bos_token: str = "",
        eos_token: str = "",
        *,
        tool_use_source: str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(),
    ) -> None:
        self.bos_token = bos_token
        self.eos_token = eos_token
        self._clock = clock
        self._warnings: list[str] = []
        self._source = source
        self._template = self._compiled(source)
        self._tool_use = (
            ChatTemplate(tool_use_source, bos_token, eos_token, clock=clock) if tool_use_source else None
        )

    @classmethod
    def from_gguf(cls, path: str | PathLike[str]) -> ChatTemplate:
        """The template in the metadata of a GGUF file; ChatML, with a warning, if it has none.

        Raises ``ModelLoadError`` for a file that is no GGUF.
        """
        metadata = gguf.read_metadata(path)
        return cls(
            str(metadata.get("tokenizer.chat_template") or ""),
            gguf.token_text(metadata, "bos"),
            gguf.token_text(metadata, "eos"),
            tool_use_source=metadata.get("tokenizer.chat_template.tool_use"),
        )

    @property
    def source(self) -> str:
        """The Jinja text in use."""
        self.capabilities  # noqa: B018 -- finds out whether the template works at all
        return self._source

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the model's templates, one sentence each."""
        self.capabilities  # noqa: B018 -- finds out whether the template works at all
        return (*self._warnings, *(self._tool_use.warnings if self._tool_use else ()))

    @cached_property
    def capabilities(self) -> Capabilities:
        """What the template takes; found by rendering, once."""
        found = probe(self._try_render)
        if found.works:
            return found
        self._replace("it cannot render a user's message")
        return probe(self._try_render)

    def for_tools(self, tools: Sequence[Mapping[str, Any]] | None) -> ChatTemplate:
        """The variant of the template for a request with ``tools``."""
        return self._tool_use if tools and self._tool_use is not None else self

    def render(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Mapping[str, Any]] | None = None,
        *,
        add_generation_prompt: bool = True,
        enable_thinking: bool = True,
        template_kwargs: Mapping[str, Any] | None = None,
    ) -> str:
        """The prompt for OpenAI-style ``messages`` and ``tools``, adapted to what the template takes.

        ``template_kwargs`` are further variables of the template. Raises ``InvalidRequest`` for messages
        that the template refuses (in the template's own words), for a prompt that is too long to render,
        and for variables that are not the caller's to set.
        """
        given = dict(template_kwargs or {})
        if reserved := _RESERVED.intersection(given):
            name = min(reserved)
            raise InvalidRequest(f"chat_template_kwargs: {name} cannot be set", param="chat_template_kwargs")
        variables = {
            "enable_thinking": enable_thinking,
            **given,
            "add_generation_prompt": add_generation_prompt,
        }
        adapted = self._adapted(messages, tools)  # first, as it finds out whether the template works at all
        try:
            return self._run(self._template, self._context(adapted, tools, variables))
        except sandbox.TemplateRefusal as refusal:
            message = f"the chat template refuses these messages: {refusal}"
            raise InvalidRequest(message, param="messages") from refusal
        except sandbox.RenderLimit as limit:
            raise InvalidRequest(str(limit), param="messages") from limit
        except Exception as error:  # whatever a template's own faults raise
            return self._render_chatml(messages, tools, variables, error)

    def try_render(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Mapping[str, Any]] | None = None,
        *,
        add_generation_prompt: bool = True,
        enable_thinking: bool = True,
    ) -> str | None:
        """``render`` for finding out what the template does: None where it fails, and no word of it."""
        variables = {"enable_thinking": enable_thinking, "add_generation_prompt": add_generation_prompt}
        try:
            adapted = self._adapted(messages, tools)
            return self._run(self._template, self._context(adapted, tools, variables))
        except Exception:  # a template may raise anything; for a question all failures are the same
            return None

    def _adapted(
        self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]] | None
    ) -> list[dict[str, Any]]:
        can = self.capabilities
        adapted = adapt(normalize(messages), can)
        return put_tools_in_system(adapted, tools) if tools and can.tools_in_system else adapted

    def _render_chatml(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Mapping[str, Any]] | None,
        variables: Mapping[str, Any],
        error: Exception,
    ) -> str:
        self._warn(f"the chat template failed on a conversation, which was rendered as ChatML: {error}")
        chatml = sandbox.compile_template(CHATML)
        return self._run(chatml, self._context(normalize(messages), tools, variables))

    def _try_render(
        self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]] | None = None
    ) -> str | None:
        try:
            variables = {"enable_thinking": True, "add_generation_prompt": True}
            context = self._context(messages, tools, variables)
            return self._run(self._template, context, max_seconds=_MAX_PROBE_SECONDS)
        except Exception:  # a template may raise anything; for a probe all failures are the same
            return None

    def _run(
        self,
        template: jinja2.Template,
        context: Mapping[str, Any],
        max_seconds: float = sandbox.MAX_RENDER_SECONDS,
    ) -> str:
        return sandbox.render(
            template, context, self._clock, max_chars=sandbox.MAX_RENDERED_CHARS, max_seconds=max_seconds
        )

    def _context(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Mapping[str, Any]] | None,
        variables: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Copies of the data (a template may change what it gets) and the variables of the models' usage."""
        now = self._clock()
        context: dict[str, Any] = {
            "messages": copy.deepcopy(list(messages)),
            "bos_token": self.bos_token,
            "eos_token": self.eos_token,
            "date_string": now.strftime("%d %b %Y"),
            "datetime": now.strftime("%b %d %Y"),
            "functions": "",
            **variables,
        }
        if tools:
            context["tools"] = copy.deepcopy(list(tools))
            context["functions"] = json.dumps(context["tools"], ensure_ascii=False, indent=4)
        return context

    def _compiled(self, source: str) -> jinja2.Template:
        if not source:
            self._replace("the model has none")
        else:
            try:
                return sandbox.compile_template(source)
            except (jinja2.TemplateError, RecursionError, MemoryError) as error:
                self._replace(f"it cannot be compiled: {error}")
        return self._template

    def _replace(self, reason: str) -> None:
        self._warn(f"the built-in ChatML is used instead of the model's chat template: {reason}")
        self._source = CHATML
        self._template = sandbox.compile_template(CHATML)

    def _warn(self, warning: str) -> None:
        if warning not in self._warnings:
            logger.warning("%s", warning)
            self._warnings.append(warning)

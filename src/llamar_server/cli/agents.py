"""The coding agents that ``llamar launch`` knows: what each needs to be told to use a local server.

Pure data and text; nothing is started here. Facts about the clients are their documented settings.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

NO_KEY = "local"  # what a server without keys is sent; never a real one


@dataclass(frozen=True, slots=True)
class Target:
    """The server that an agent is to use. ``n_ctx`` is the true window of ``model_id`` in tokens."""

    url: str
    model_id: str
    n_ctx: int
    api_key: str = NO_KEY

    @property
    def max_output(self) -> int:
        """Tokens of one answer, so that a prompt of three quarters of the window always fits."""
        return min(8192, self.n_ctx // 4)


@dataclass(frozen=True, slots=True)
class Agent:
    """``prompt_tokens`` is what the agent's own prompt takes, about. ``unset`` are variables that would
    send its requests, or the user's key, elsewhere. ``config`` is the text of a settings file."""

    title: str
    command: str
    install: str
    prompt_tokens: int
    env: Callable[[Target], dict[str, str]]
    config: Callable[[Target], str]
    arguments: Callable[[Target], list[str]] = lambda target: []
    unset: tuple[str, ...] = ()


def claude_env(target: Target) -> dict[str, str]:
    names = ("", "DEFAULT_OPUS_", "DEFAULT_SONNET_", "DEFAULT_HAIKU_")
    return {
        "ANTHROPIC_BASE_URL": target.url,
        "ANTHROPIC_AUTH_TOKEN": target.api_key,
        # An empty or unknown one would be asked of Anthropic's own names.
        **{f"ANTHROPIC_{name}MODEL": target.model_id for name in names},
        "CLAUDE_CODE_SUBAGENT_MODEL": target.model_id,
        "CLAUDE_CODE_MAX_OUTPUT_TOKENS": str(target.max_output),
        "CLAUDE_CODE_AUTO_COMPACT_WINDOW": str(target.n_ctx),
        "CLAUDE_CODE_ATTRIBUTION_HEADER": "0",  # it changes with every prompt, and with it all prefixes
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    }


def claude_config(target: Target) -> str:
    return json.dumps({"env": claude_env(target)}, indent=2) + "\n"


def opencode_config(target: Target) -> str:
    limit = {"context": target.n_ctx, "output": target.max_output}
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "name": "llamar",
        "options": {"baseURL": f"{target.url}/v1", "apiKey": target.api_key},
        "models": {target.model_id: {"name": target.model_id, "tool_call": True, "limit": limit}},
    }
    model = f"llamar/{target.model_id}"
    config = {
        "$schema": "https://opencode.ai/config.json",
        "provider": {"llamar": provider},
        "model": model,
        "small_model": model,
        "autoupdate": False,
        "share": "disabled",
    }
    return json.dumps(config, indent=2) + "\n"


def opencode_env(target: Target) -> dict[str, str]:
    return {
        "OPENCODE_CONFIG_CONTENT": json.dumps(json.loads(opencode_config(target))),
        "OPENCODE_DISABLE_AUTOUPDATE": "1",
        "OPENCODE_DISABLE_MODELS_FETCH": "1",
    }


def _codex_settings(target: Target) -> dict[str, str]:
    """Codex's settings as TOML values by their dotted keys."""
    provider = "model_providers.llamar"
    return {
        "model": json.dumps(target.model_id),
        "model_provider": '"llamar"',
        "model_context_window": str(target.n_ctx),
        "check_for_update_on_startup": "false",
        f"{provider}.name": '"llamar"',
        f"{provider}.base_url": json.dumps(f"{target.url}/v1"),
        f"{provider}.env_key": '"LLAMAR_API_KEY"',
        f"{provider}.wire_api": '"responses"',
    }


def codex_arguments(target: Target) -> list[str]:
    return [part for key, value in _codex_settings(target).items() for part in ("-c", f"{key}={value}")]


def codex_config(target: Target) -> str:
    return "".join(f"{key} = {value}\n" for key, value in _codex_settings(target).items())


AGENTS: Mapping[str, Agent] = {
    "claude": Agent(
        title="Claude Code",
        command="claude",
        install="npm install -g @anthropic-ai/claude-code",
        prompt_tokens=22_000,
        env=claude_env,
        config=claude_config,
        unset=("ANTHROPIC_API_KEY", "ANTHROPIC_SMALL_FAST_MODEL", "CLAUDE_CODE_OAUTH_TOKEN"),
    ),
    "opencode": Agent(
        title="OpenCode",
        command="opencode",
        install="npm install -g opencode-ai",
        prompt_tokens=7_700,
        env=opencode_env,
        config=opencode_config,
    ),
    "codex": Agent(
        title="Codex",
        command="codex",
        install="npm install -g @openai/codex",
        prompt_tokens=9_500,
        env=lambda target: {"LLAMAR_API_KEY": target.api_key},
        arguments=codex_arguments,
        config=codex_config,
        unset=("OPENAI_API_KEY", "OPENAI_BASE_URL"),
    ),
}

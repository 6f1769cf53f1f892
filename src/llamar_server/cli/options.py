"""The options of ``llamar serve``: one for each setting, with the default that the setting has.

It owns the names, kinds and help of the options, and how they become the frozen settings of
``config``. What a setting does is described there and refused there or by its owner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Final, TypeVar, get_args

import click

from ..config import (
    CacheType,
    EmbeddingConfig,
    EngineConfig,
    FlashAttention,
    Pooling,
    ServerConfig,
    SplitMode,
)

Config = TypeVar("Config", EngineConfig, EmbeddingConfig, ServerConfig)

_EMBEDDING: Final = "embedding_"
"""How the names of settings begin that are of embedding models alone."""

_DEFAULTS: Final[dict[str, Any]] = {
    **{field.name: field.default for config in (EngineConfig, ServerConfig) for field in fields(config)},
    **{_EMBEDDING + field.name: field.default for field in fields(EmbeddingConfig)},
}


def floats(text: str) -> tuple[float, ...]:
    """Numbers with commas between them."""
    return tuple(float(part) for part in text.split(",")) if text else ()


def setting(flags: str, description: str, *, name: str | None = None, **attributes: Any) -> click.Option:
    """An option for the setting ``name`` (that of the flag, if left out), with the setting's default."""
    name = name or flags.removeprefix("--").replace("-", "_")
    return click.Option([flags, name], help=description, default=_DEFAULTS[name], **attributes)


def at_least(bound: float) -> click.IntRange | click.FloatRange:
    return click.FloatRange(min=bound) if isinstance(bound, float) else click.IntRange(min=bound)


def choice(literal: Any) -> click.Choice[str]:
    return click.Choice(get_args(literal))


def build(config: type[Config], options: Mapping[str, Any], **others: Any) -> Config:
    """The settings of ``config`` among ``options``; ``others`` go first."""
    names = {field.name for field in fields(config)}
    return config(**({name: value for name, value in options.items() if name in names} | others))


def build_embedding(options: Mapping[str, Any], **others: Any) -> EmbeddingConfig:
    """The settings of an embedding model among ``options``: those of the hardware, which all models share,
    and its own; ``others`` go first."""
    shared = {option.name: options[option.name] for option in HARDWARE if option.name}
    own = {name.removeprefix(_EMBEDDING): options[name] for name in options if name.startswith(_EMBEDDING)}
    return build(EmbeddingConfig, {**shared, **own}, **others)


HTTP: Final = [
    setting("--host", "Address to listen on.", metavar="ADDRESS"),
    setting("--port", "Port to listen on; 0 takes any free one.", type=click.IntRange(0, 65535), metavar="N"),
    setting(
        "--api-key",
        "Key that requests must carry; may be given several times.",
        name="api_keys",
        multiple=True,
        envvar="LLAMAR_API_KEYS",
        show_envvar=True,
        metavar="KEY",
        show_default=False,
    ),
    click.Option(["--insecure"], is_flag=True, help="Serve other machines without any key."),
    setting(
        "--cors-origin",
        "Origin of web pages that may call (* for all); may be given several times.",
        name="cors_origins",
        multiple=True,
        metavar="ORIGIN",
        show_default=False,
    ),
    setting("--max-body-size", "Largest request body.", type=at_least(1), metavar="BYTES"),
    setting(
        "--keepalive-interval",
        "Silence in a stream after which a sign of life is sent.",
        type=at_least(0.1),
        metavar="SECONDS",
    ),
    setting(
        "--idle-timeout",
        "Stop after this long without a request (0: never).",
        type=at_least(0.0),
        metavar="SECONDS",
    ),
    setting(
        "--shutdown-grace",
        "What running requests get to finish when the server stops.",
        type=at_least(0.0),
        metavar="SECONDS",
    ),
]

MODEL: Final = [
    setting("--model-id", "Name to serve the model under.", show_default="its file's", metavar="NAME"),
    setting("--strict-models", "Refuse requests for another model than this one.", is_flag=True),
    setting("--enable-thinking", "Let models think that can answer with and without.", is_flag=True),
    setting("--reasoning-field", "Field of OpenAI answers for the model's reasoning.", metavar="NAME"),
    setting("--backend", "", hidden=True),
]

EMBEDDINGS: Final = [
    click.Option(
        ["--embedding-model", "embedding_models"],
        multiple=True,
        metavar="FILE",
        show_default=False,
        help="Embedding model, or reranker, to serve as well; may be given several times.",
    ),
    setting(
        "--embedding-pooling",
        f"How they make one vector of a text: {', '.join(get_args(Pooling))}.",
        type=choice(Pooling),
        metavar="KIND",
        show_default="as each model says",
    ),
    setting(
        "--embedding-n-ctx",
        "Most tokens of one text (0: what the model was trained for).",
        type=at_least(0),
        metavar="N",
    ),
    setting(
        "--embedding-batch-tokens",
        "Most tokens that are computed at once on a GPU.",
        type=at_least(1),
        metavar="N",
    ),
    setting("--embedding-backend", "", hidden=True),
]

LOAD: Final = [
    setting(
        "--n-ctx",
        "Most tokens of one request, prompt and answer (0: what the model was trained for).",
        type=at_least(0),
        metavar="N",
    ),
    setting(
        "--kv-cells",
        "Tokens in memory, shared by all requests.",
        type=at_least(1),
        show_default="--n-ctx",
        metavar="N",
    ),
    setting("--cache-ram", "RAM for idle conversations besides it.", type=at_least(0), metavar="MIB"),
    setting("--parallel", "Requests that run at once.", name="n_parallel", type=at_least(1), metavar="N"),
    setting("--queue-limit", "Requests that may wait beyond those.", type=at_least(0), metavar="N"),
    setting("--n-batch", "Most tokens of one step.", type=at_least(1), metavar="N"),
    setting("--n-ubatch", "Most tokens of one pass through the model.", type=at_least(1), metavar="N"),
    setting(
        "--prefill-chunk", "Most prompt tokens of a step while others answer.", type=at_least(1), metavar="N"
    ),
]

HARDWARE: Final = [
    setting("--threads", "CPU threads.", type=at_least(1), metavar="N", show_default="half the cores"),
    setting(
        "--threads-batch", "CPU threads for prompts.", type=at_least(1), metavar="N", show_default="--threads"
    ),
    setting("--n-gpu-layers", "Layers on the GPU (-1: all).", type=at_least(-1), metavar="N"),
    setting("--main-gpu", "GPU to use where one is enough.", type=at_least(0), metavar="N"),
    setting("--split-mode", "How to spread over several GPUs.", type=choice(SplitMode)),
    setting("--tensor-split", "Share of each GPU.", type=floats, metavar="N,N,…", show_default=False),
    setting("--flash-attention", "Flash attention.", type=choice(FlashAttention)),
    setting(
        "--cache-type-k",
        f"Keys in memory: {', '.join(get_args(CacheType))}.",
        type=choice(CacheType),
        metavar="TYPE",
    ),
    setting("--cache-type-v", "Values in memory, likewise.", type=choice(CacheType), metavar="TYPE"),
    setting("--mmap/--no-mmap", "Map the file instead of reading it.", name="use_mmap"),
    setting("--mlock", "Keep the model in RAM.", name="use_mlock", is_flag=True),
]

PROCESS: Final = [
    click.Option(
        ["--log-level"],
        type=click.Choice(["error", "warning", "info", "debug"], case_sensitive=False),
        default="warning",
        envvar="LLAMAR_LOG_LEVEL",
        show_envvar=True,
        metavar="LEVEL",
        help="What to log: error, warning, info (every request) or debug.",
    ),
    click.Option(
        ["--exit-on-stdin-eof"],
        is_flag=True,
        help="Stop when standard input ends: a parent's death then ends the server.",
    ),
]

SECTIONS: Final[Sequence[tuple[str, Sequence[click.Option]]]] = [
    ("HTTP", HTTP),
    ("Model", MODEL),
    ("Embeddings", EMBEDDINGS),
    ("Memory and load", LOAD),
    ("Hardware", HARDWARE),
    ("Process", PROCESS),
]


class SectionedCommand(click.Command):
    """A command whose help shows its options under the headings of ``SECTIONS``."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rest = self.get_help_option(ctx)
        for title, options in [*SECTIONS, ("Help", [rest] if rest else [])]:
            records = [record for option in options if (record := option.get_help_record(ctx))]
            with formatter.section(title):
                formatter.write_dl(records)

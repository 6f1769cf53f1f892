"""The environment of a program that uses a provider: nothing of whoever runs the tests, and traps."""

from __future__ import annotations

import os
from pathlib import Path

FOREIGN = {
    # What is meant for other servers: whoever reads it ends up somewhere else, or gives a secret away.
    "OPENAI_API_KEY": "sk-poison",
    "OPENAI_BASE_URL": "http://127.0.0.1:9/poison",
    "OPENAI_API_BASE": "http://127.0.0.1:9/poison",
    "OPENAI_ORG_ID": "org-poison",
    "OPENAI_PROJECT_ID": "proj-poison",
    "OPENAI_ADMIN_KEY": "sk-poison-admin",
    "OPENAI_CUSTOM_HEADERS": "X-Poison: poison\nAuthorization: Bearer poison",
    # A proxy that is not there: whoever asks it for this machine gets no answer.
    "HTTP_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
    # Keys of a server that the user runs elsewhere.
    "LLAMAR_API_KEYS": "poison",
    # What programs say is not always in UTF-8.
    "PYTHONIOENCODING": "latin-1",
}


def surroundings(home: Path) -> dict[str, str]:
    """The environment with ``home`` as home directory, without settings for llamar, and with traps."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(("LLAMAR_", "OPENAI_", "LLM_", "XDG_", "NO_PROXY", "PYTEST_"))
    }
    folders = {
        "HOME": home,
        "XDG_CONFIG_HOME": home / "config",
        "XDG_STATE_HOME": home / "state",
        "XDG_DATA_HOME": home / "data",
        "XDG_CACHE_HOME": home / "cache",
        "LLM_USER_PATH": home / "llm",
        "LLAMAR_CONFIG": home / "llamar.toml",
    }
    return kept | FOREIGN | {name: str(folder) for name, folder in folders.items()}

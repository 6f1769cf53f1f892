from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chatlas import Chat

from llamar_providers.chatlas import chat_llamar
from tests.servers import ServerProcess


@pytest.fixture
def chat(server: ServerProcess, home: Path) -> Iterator[Chat[Any, Any]]:
    """A greedy chat on the shared server, in an environment full of traps."""
    chat = chat_llamar(base_url=server.url)
    chat.set_model_params(temperature=0)
    with chat:
        yield chat

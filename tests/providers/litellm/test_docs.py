"""What docs/litellm.md shows works, and what its tables say is so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

from llamar_providers.litellm.errors import _BY_CODE, _BY_STATUS, _WITHOUT_RESPONSE
from llamar_providers.litellm.target import SETTINGS
from tests.providers.litellm.proxy import EXAMPLE
from tests.servers import DEADLINE, ServerProcess

PAGE = (Path(__file__).parents[3] / "docs/litellm.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_code(embedding_server: ServerProcess) -> None:
    result = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks("python"))],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        env=os.environ | {"LLAMAR_BASE_URL": embedding_server.url, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    )
    assert result.returncode == 0, result.stderr
    first, reasoning, vectors, last = result.stdout.splitlines()
    assert first == "The capital of France is Paris."
    assert reasoning == "The user asks for the capital of France. It is Paris."
    assert vectors == "384 dimensions, 12 tokens"
    assert last


def test_the_configuration_is_part_of_the_example() -> None:
    (shown,) = (yaml.safe_load(block) for block in blocks("yaml"))
    example = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    assert shown == {section: example[section] for section in shown}


def test_every_setting_is_told() -> None:
    told = PAGE[PAGE.index("under one key") :].split("\n\n")[0]
    assert [name for name in SETTINGS if f"`{name}`" not in told] == []


def test_every_error_is_told() -> None:
    raised = {kind.__name__ for each in (_BY_CODE, _BY_STATUS, _WITHOUT_RESPONSE) for kind in each.values()}
    raised.remove("UnprocessableEntityError")  # never from this server
    assert [name for name in sorted(raised) if f"`{name}`" not in PAGE] == []

"""A server that LiteLLM's first call starts, and that goes with the process."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import psutil

from tests.servers import DEADLINE, eventually

SCRIPT = """
import asyncio, json, litellm, psutil
from llamar_providers.litellm import register

register()
fields = {
    "model": "llamar/local",
    "messages": [{"role": "user", "content": "What is the capital of Germany?"}],
    "temperature": 0,
    "llamar": {"n_ctx": 512, "options": ["--threads=1"]},
}
before = len(psutil.Process().children())
said = [litellm.completion(**fields).choices[0].message.content]
servers = [child.pid for child in psutil.Process().children()]
said.append(asyncio.run(litellm.acompletion(**fields)).choices[0].message.content)
same = servers == [child.pid for child in psutil.Process().children()]
psutil.Process(servers[0]).kill()
said.append(litellm.completion(**fields, num_retries=2).choices[0].message.content)
servers += [child.pid for child in psutil.Process().children()]
print(json.dumps([before, said, same, servers, litellm.get_model_info("llamar/local")["max_input_tokens"]]))
"""


def test_a_server_of_ones_own() -> None:
    """Started once, started again when it has died, and gone in the end."""
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        timeout=2 * DEADLINE,
        env=os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    )
    assert result.returncode == 0, result.stderr
    before, said, same, servers, window = json.loads(result.stdout)
    assert (before, same, window) == (0, True, 512)
    assert set(said) == {"The capital of Germany is Berlin."}
    assert len(set(servers)) >= 2
    assert eventually(lambda: not any(psutil.pid_exists(pid) for pid in servers))
    assert result.stderr == "llamar: no model is configured; using llamar-tiny, the bundled toy\n"

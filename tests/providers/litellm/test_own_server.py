"""A server that LiteLLM's first call starts, and that goes with the process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

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

VECTORS = """
import asyncio, json, litellm, psutil, sys
from llamar_providers.litellm import register

register()
settings = {"embedding_model": sys.argv[1], "options": ["--threads=1"]}
fields = {"model": "llamar/mine", "input": ["A fox jumps.", "So it does."], "llamar": settings}
answers = [litellm.embedding(**fields), asyncio.run(litellm.aembedding(**fields))]
servers = [child.pid for child in psutil.Process().children()]
hello = [{"role": "user", "content": "Hi"}]
said = litellm.completion("llamar/local", hello, temperature=0, llamar=settings).choices[0].message.content
same = servers == [child.pid for child in psutil.Process().children()]
info = litellm.get_model_info("llamar/mine")
print(json.dumps({
    "sizes": [[len(each["embedding"]) for each in answer.data] for answer in answers],
    "equal": [each.data[0]["embedding"] == answers[0].data[0]["embedding"] for each in answers],
    "tokens": [answer.usage.total_tokens for answer in answers],
    "cost": [answer._hidden_params["response_cost"] for answer in answers],
    "said": said,
    "servers": servers,
    "same": same,
    "info": [info["mode"], info["max_input_tokens"], info["output_vector_size"]],
}))
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


def test_vectors_and_answers_of_one_server(minilm_q8: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", VECTORS, str(minilm_q8)],
        capture_output=True,
        text=True,
        timeout=2 * DEADLINE,
        env=os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    )
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    assert told["sizes"] == [[384, 384], [384, 384]]
    assert told["equal"] == [True, True]
    assert told["tokens"] == [12, 12]
    assert told["cost"] == [0.0, 0.0]
    assert told["said"] == "Hi! How can I help you?"
    assert (len(told["servers"]), told["same"]) == (1, True)
    assert told["info"] == ["embedding", 512, 384]
    assert eventually(lambda: not any(psutil.pid_exists(pid) for pid in told["servers"]))
    assert result.stderr == ""

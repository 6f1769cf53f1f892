"""What the plugin costs and risks: every command of ``llm`` loads it."""

from __future__ import annotations

import json
import subprocess
import sys

import llm
import pytest

from tests.providers.llm.conftest import Call
from tests.servers import DEADLINE

pytestmark = pytest.mark.usefixtures("home")

LOADED = """
import json, sys
import llm.cli, click
import llm.default_plugins.openai_models, llm.default_plugins.default_tools
before = set(sys.modules)
import llamar_providers.llm as plugin
registered = []
plugin.register_commands(click.Group())
plugin.register_models(lambda *models: registered.append(models))
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def test_loading_it_brings_nothing_that_takes_long() -> None:
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", LOADED], text=True, timeout=DEADLINE))
    ours = {name for name in loaded if name.startswith("llamar_providers")}
    assert {name.partition(".")[0] for name in set(loaded) - ours} <= {"platformdirs", "tomllib"}
    assert not ours & {f"llamar_providers.{name}" for name in ("server", "shared", "process", "clients")}


@pytest.mark.parametrize("module", ["models", "commands"])
def test_a_mistake_in_it_breaks_no_other_command(
    cli: Call, monkeypatch: pytest.MonkeyPatch, module: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import click

    from llamar_providers.llm import register_commands

    monkeypatch.setitem(sys.modules, f"llamar_providers.llm.{module}", None)
    monkeypatch.delattr(f"llamar_providers.llm.{module}", raising=False)
    register_commands(click.Group())
    listed, said = cli("models")
    assert "OpenAI" in listed
    assert ("llamar-local" in listed) is (module == "commands")
    assert "llamar: " in said + capsys.readouterr().err


def test_its_models_need_no_key_and_no_server() -> None:
    model = llm.get_model("llamar-local")
    assert model.needs_key is None
    assert str(model) == "LlamarModel: llamar-local"
    assert llm.get_async_model("llamar-local").model_id == "llamar-local"


def test_without_llm_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['llm'] = None; import llamar_providers.llm"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=DEADLINE)
    assert result.stderr.endswith("ImportError: llm is not installed; pip install 'llamar[llm]'\n")

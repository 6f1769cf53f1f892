from __future__ import annotations

import subprocess
import sys


def test_without_langchain_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['langchain_core'] = None\n"
        "try:\n    import llamar_providers.langchain\n"
        "except ImportError as error:\n    print(error)\n"
    )
    said = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert said == "LangChain is not installed; pip install 'llamar[langchain]'\n"

"""A user's script: a conversation becomes data for Inspect, the chat its solver. Prints what Inspect found.

A process of its own, as Inspect sets up the logging of the one that it runs in. ``argv``: a folder.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from chatlas import Chat
from inspect_ai import Task, eval_async
from inspect_ai.dataset import Sample, json_dataset
from inspect_ai.scorer import includes

from llamar_providers.chatlas import chat_llamar
from tests.providers.chatlas.test_structured import ALICE, Person
from tests.providers.chatlas.test_tools import add

CAPITAL = "What is the capital of Germany?"
SUM = "What is 123 + 456?"


async def evaluated(chat: Chat[Any, Any], dataset: Any, folder: Path, **options: Any) -> dict[str, Any]:
    task = Task(dataset=dataset, solver=chat.to_solver(**options), scorer=includes())
    (log,) = await eval_async(task, model="none/none", log_dir=str(folder))
    (sample,) = log.samples or [None]
    assert sample, log.error
    return {
        "score": (sample.scores or {})["includes"].value,
        "messages": [(message.role, message.text) for message in sample.messages],
        "usage": sample.output.usage and sample.output.usage.model_dump(),
    }


async def main(folder: Path) -> None:
    async with chat_llamar(system_prompt="Be terse.") as chat:
        chat.set_model_params(temperature=0)
        await (await chat.chat_async(CAPITAL, echo="none")).get_content()
        exported = chat.export_eval(folder / "capitals.jsonl")
        found = {"again": await evaluated(chat, json_dataset(str(exported)), folder)}

        chat.register_tool(add)
        found["tools"] = await evaluated(chat, [Sample(input=SUM, target="579")], folder)
        found["tools"]["asked"] = chat.token_count(SUM)

        target = Person(name="Alice", age=30).model_dump_json()
        found["data"] = await evaluated(chat, [Sample(input=ALICE, target=target)], folder, data_model=Person)
    print(json.dumps(found))


asyncio.run(main(Path(sys.argv[1])))

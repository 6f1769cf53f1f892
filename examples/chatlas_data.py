"""Data instead of text with chatlas, and many prompts at once.

Runs on the server that LLAMAR_BASE_URL names, else on one that it starts, with the bundled model.
"""

import asyncio

from chatlas import parallel_chat_structured, parallel_chat_text
from pydantic import BaseModel

from llamar_providers.chatlas import chat_llamar


class Person(BaseModel):
    name: str
    age: int


PEOPLE = [
    "Alice is 30 years old and lives in Rome.",
    "Bob is 41 years old and lives in Oslo.",
]
COUNTRIES = ["France", "Japan", "Italy", "Spain", "Norway"]

with chat_llamar() as chat:
    chat.set_model_params(temperature=0)
    print(repr(chat.chat_structured(PEOPLE[0], data_model=Person)))
    chat.set_turns([])

    for result in asyncio.run(parallel_chat_structured(chat, PEOPLE, data_model=Person)):
        print(repr(result.data))
    for answer in asyncio.run(parallel_chat_text(chat, [f"What is the capital of {c}?" for c in COUNTRIES])):
        print(answer)

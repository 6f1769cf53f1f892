"""Conversations with chatlas: one goes on, a copy of it branches off, a reset forgets.

Runs on the server that LLAMAR_BASE_URL names, else on one that it starts, with the bundled model.
"""

import copy

from chatlas import Chat

from llamar_providers.chatlas import chat_llamar


def ask(chat: Chat, question: str) -> None:
    print(f"> {question}\n{chat.chat(question, echo='none')}")


def capital(chat: Chat, country: str) -> str:
    """What ``chat`` would answer, without its history, and without a trace in it."""
    fresh = copy.deepcopy(chat)
    fresh.set_turns([])
    return str(fresh.chat(f"What is the capital of {country}?", echo="none"))


with chat_llamar() as chat:  # chat_llamar("model.gguf") for a model of your own
    chat.set_model_params(temperature=0)
    ask(chat, "Hi, my name is Ada and I am a data scientist.")

    branch = copy.deepcopy(chat)
    ask(chat, "What's my name?")
    ask(branch, "What's my job?")

    print(capital(chat, "France"))
    print(capital(chat, "Japan"))

    print(chat)  # every turn with its tokens, at no cost
    chat.set_turns([])
    print(f"{len(chat.get_turns())} turns are left")

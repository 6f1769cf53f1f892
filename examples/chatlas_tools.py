"""Tools with chatlas: the model rolls two dice, we watch it, and then we forbid it to.

Runs on the server that LLAMAR_BASE_URL names, else on one that it starts, with the bundled model.
"""

import contextlib
import io
import random

from chatlas import ContentToolRequest, ContentToolResult, ToolRejectError

from llamar_providers.chatlas import chat_llamar


def roll_die(sides: int) -> int:
    """Roll a die.

    Parameters
    ----------
    sides
        Number of sides of the die.
    """
    return random.randint(1, sides)


def before(request: ContentToolRequest) -> None:
    print(f"calls {request.name} with {request.arguments}")


def after(result: ContentToolResult) -> None:
    print(f"and gets {result.value if result.error is None else result.error}")


def refuse(request: ContentToolRequest) -> None:
    raise ToolRejectError("no more gambling")


with chat_llamar() as chat:
    chat.set_model_params(temperature=0, max_tokens=100)
    chat.register_tool(roll_die)
    chat.on_tool_request(before)
    chat.on_tool_result(after)
    print(chat.chat("Roll a 6-sided die. Also, roll a 20-sided die.", echo="none"))

    chat.on_tool_request(refuse)
    with contextlib.redirect_stderr(io.StringIO()):  # where chatlas says that a tool failed
        chat.chat("Roll a 12-sided die", echo="none")

"""A tool call with the anthropic SDK: `llamar serve` in one terminal, this in another."""

import os

from anthropic import Anthropic, beta_tool


@beta_tool
def add(a: int, b: int) -> str:
    """Add two numbers.

    Args:
        a: The first number.
        b: The second number.
    """
    return str(a + b)


client = Anthropic(
    base_url=os.environ.get("LLAMAR_BASE_URL", "http://127.0.0.1:11434"),
    api_key=os.environ.get("LLAMAR_API_KEY", "not needed"),
)
runner = client.beta.messages.tool_runner(
    model="any name is accepted",
    max_tokens=200,
    tools=[add],
    messages=[{"role": "user", "content": "What is 123 + 456?"}],
)
for message in runner:
    for block in message.content:
        if block.type == "tool_use":
            print(f"calls {block.name} with {block.input}")
        elif block.type == "text":
            print(block.text)

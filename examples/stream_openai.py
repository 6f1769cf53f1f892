"""A streamed answer from a running server: `llamar serve` in one terminal, this in another."""

import os

from openai import OpenAI

client = OpenAI(
    base_url=os.environ.get("LLAMAR_BASE_URL", "http://127.0.0.1:11434") + "/v1",
    api_key=os.environ.get("LLAMAR_API_KEY", "not needed"),
)
stream = client.chat.completions.create(
    model="any name is accepted",
    messages=[{"role": "user", "content": "Why is the sky blue?"}],
    temperature=0,
    stream=True,
    stream_options={"include_usage": True},
)
for chunk in stream:
    for choice in chunk.choices:
        print(choice.delta.content or "", end="", flush=True)
    if chunk.usage:
        print(f"\n{chunk.usage.prompt_tokens} tokens in, {chunk.usage.completion_tokens} out")

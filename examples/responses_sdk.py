"""A tool call with the openai SDK's Responses: `llamar serve` in one terminal, this in another."""

import os

from openai import OpenAI, pydantic_function_tool
from openai.types.responses import ResponseInputItemParam
from pydantic import BaseModel


class Add(BaseModel):
    """Add two numbers."""

    a: float
    b: float


client = OpenAI(
    base_url=os.environ.get("LLAMAR_BASE_URL", "http://127.0.0.1:11434") + "/v1",
    api_key=os.environ.get("LLAMAR_API_KEY", "not needed"),
)
tools = [pydantic_function_tool(Add, name="add")]
asked = client.responses.parse(model="any name is accepted", input="What is 123 + 456?", tools=tools)
results: list[ResponseInputItemParam] = []
for item in asked.output:
    if item.type == "function_call" and isinstance(item.parsed_arguments, Add):
        numbers = item.parsed_arguments
        print(f"calls {item.name} with {numbers}")
        output = str(numbers.a + numbers.b)
        results.append({"type": "function_call_output", "call_id": item.call_id, "output": output})

# The server keeps the conversation: only what is new is sent.
with client.responses.stream(
    model="any name is accepted", previous_response_id=asked.id, input=results, tools=tools
) as stream:
    for event in stream:
        if event.type == "response.output_text.delta":
            print(event.delta, end="", flush=True)
print()

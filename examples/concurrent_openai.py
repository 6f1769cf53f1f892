"""Many questions at once to a running server: some run together, the others wait for their turn."""

import asyncio
import os

from openai import AsyncOpenAI

COUNTRIES = ["France", "Japan", "Italy", "Spain", "Norway", "Egypt", "Germany", "New Zealand"]


async def ask(client: AsyncOpenAI, country: str) -> str:
    answer = await client.chat.completions.create(
        model="any name is accepted",
        messages=[{"role": "user", "content": f"What is the capital of {country}?"}],
        temperature=0,
    )
    return answer.choices[0].message.content or ""


async def main() -> None:
    client = AsyncOpenAI(
        base_url=os.environ.get("LLAMAR_BASE_URL", "http://127.0.0.1:11434") + "/v1",
        api_key=os.environ.get("LLAMAR_API_KEY", "not needed"),
    )
    for answer in await asyncio.gather(*(ask(client, country) for country in COUNTRIES)):
        print(answer)


asyncio.run(main())

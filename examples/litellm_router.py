"""LiteLLM: a router over two local servers, of which one is down."""

import asyncio
import os

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # LiteLLM would download a list of prices
import litellm

from llamar_providers.litellm import register

register()
router = litellm.Router(
    model_list=[
        {
            "model_name": "large",
            "litellm_params": {"model": "llamar/large", "api_base": "http://127.0.0.1:9"},
        },
        {"model_name": "local", "litellm_params": {"model": "llamar/local"}},
    ],
    fallbacks=[{"large": ["local"]}],
    num_retries=0,
)
question = {"role": "user", "content": "What is the capital of France?"}

answer = router.completion("large", [question], temperature=0)
print(answer.choices[0].message.content)
print(f"{answer.usage.total_tokens} tokens for {litellm.completion_cost(answer):.2f} $")


async def stream() -> None:
    async for chunk in await router.acompletion("large", [question], temperature=0, stream=True):
        print(chunk.choices[0].delta.content or "", end="", flush=True)
    print()


asyncio.run(stream())

"""Starts a server on the bundled model, asks it over the OpenAI API, prints the answer as it comes."""

from openai import DefaultHttpxClient, OpenAI

from llamar_providers.process import LocalServer

QUESTION = "What is the capital of France?"

with LocalServer.start() as server:
    print(f"{server.model_id} answers on {server.url}\n")
    client = OpenAI(
        base_url=f"{server.url}/v1",
        api_key="not needed",
        http_client=DefaultHttpxClient(trust_env=False),  # no proxy between here and this machine
    )
    print(f"> {QUESTION}")
    stream = client.chat.completions.create(
        model=server.model_id,
        messages=[{"role": "user", "content": QUESTION}],
        temperature=0,
        stream=True,
    )
    for chunk in stream:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
    print()

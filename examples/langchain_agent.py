"""An agent of LangChain on a local model: it calls a tool, reads what comes back, and answers.

It starts a server on the bundled model, unless LLAMAR_BASE_URL or LLAMAR_MODEL say otherwise. Needs
`pip install 'llamar[langchain]' langchain`.
"""

from langchain.agents import create_agent

from llamar_providers.langchain import ChatLlamar


def get_weather(location: str) -> str:
    """Get the weather at a location."""
    return '{"temperature": 18, "unit": "C", "condition": "cloudy"}'


agent = create_agent(ChatLlamar(temperature=0), [get_weather])
question = {"messages": [{"role": "user", "content": "What is the weather in Paris?"}]}
for state in agent.stream(question, stream_mode="values"):
    state["messages"][-1].pretty_print()

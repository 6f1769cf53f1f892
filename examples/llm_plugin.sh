#!/bin/sh
# The llm plugin. The first call starts a server, the others find the model loaded.
set -eu

llm -m llamar-local "Hi, my name is Ada and I am a data scientist." -o temperature 0
llm -c "What's my name?" -o temperature 0

# Data, a tool, and a thought, which goes to standard error.
llm -m llamar-local --schema "name, age int" "Alice is 30 years old and lives in Rome." -o temperature 0
llm -m llamar-local "What is 123 + 456?" -o temperature 0 -o enable_thinking true --functions '
def add(a: int, b: int) -> int:
    "Add two numbers."
    return a + b
'

# What it cost in tokens, and the server that all of them used.
llm logs -n 1 --usage
llm llamar stop

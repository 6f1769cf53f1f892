#!/bin/sh
# OpenCode on a local model: give a GGUF file with a window of 16,000 tokens or more, and a task.
exec llamar launch opencode "${1:?a GGUF file}" -- run "${2:-Say hello.}"

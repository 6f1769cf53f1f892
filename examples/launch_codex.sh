#!/bin/sh
# Codex on a local model: give a GGUF file with a window of 16,000 tokens or more, and a task.
exec llamar launch codex "${1:?a GGUF file}" -- exec "${2:-Say hello.}"

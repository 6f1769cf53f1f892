#!/bin/sh
# Claude Code on a local model: give a GGUF file with a window of 32,000 tokens or more, and a task.
exec llamar launch claude "${1:?a GGUF file}" -- -p "${2:-Say hello.}"

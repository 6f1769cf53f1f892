"""Measures a GGUF of ``llamar-tiny`` as its users meet it: over the API of a real server, greedily."""

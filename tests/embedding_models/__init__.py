"""Embedding models and rerankers for the tests: a real one, and tiny ones with random weights.

``minilm`` is all-MiniLM-L6-v2 as GGUF files, ``reference`` the same weights computed by NumPy,
``random_models`` what no package carries, ``texts`` and ``meaning`` what to embed.
"""

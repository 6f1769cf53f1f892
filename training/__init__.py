"""How the bundled model ``llamar-tiny`` is made: data, tokenizer, training, export, evaluation.

No part of the installed package. ``python -m training`` makes the model; README.md is its card.
"""

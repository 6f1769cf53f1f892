"""The speed of this server beside its peers, on one model, in one run: ``python -m benchmarks``."""

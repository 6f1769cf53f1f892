"""Runs llama.cpp's own server from its PyPI binding, as a process: ``python -m benchmarks.peer_xllamacpp``.

Ends when it is terminated. Refuses to measure.
"""

from __future__ import annotations

import argparse
import threading

import xllamacpp


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    for name in ("port", "pool", "parallel", "threads"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--embedding", action="store_true", help="vectors instead of text")
    args = parser.parse_args()
    server = xllamacpp.Server(_params(args))
    print(f"{server.listening_address} {xllamacpp.get_system_info()}", flush=True)
    threading.Event().wait()


def _params(args: argparse.Namespace) -> xllamacpp.CommonParams:
    params = xllamacpp.CommonParams()
    params.model.path = args.model
    params.hostnames = ["127.0.0.1"]
    params.port = args.port
    params.n_ctx = args.pool
    params.n_parallel = args.parallel
    params.kv_unified = True
    if args.embedding:
        params.embedding = True
        params.n_batch = params.n_ubatch  # an encoder takes a batch in one pass
    params.cpuparams.n_threads = args.threads
    params.cpuparams_batch.n_threads = args.threads
    params.fit_params = False
    params.verbosity = 1
    return params


if __name__ == "__main__":
    main()

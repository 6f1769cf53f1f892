"""The socket that the server listens on, opened before anything slow happens.

Two servers never share a port, and a port in use is known at once, not after the model is loaded.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
import sys

import click


def listen(host: str, port: int, *, open_to_all: bool) -> socket.socket:
    """A socket that listens on exactly ``host`` and ``port`` (0: any free port).

    Only a loopback address is accepted unless ``open_to_all``. Raises click.ClickException, in one
    sentence, when that address is not one of this machine's or is in use.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise click.ClickException(f"the host '{host}' is not known ({error.strerror})") from error
    if not open_to_all and not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback:
        raise click.ClickException(
            f"{host} can be reached from other machines: give an --api-key, or insist with --insecure"
        )
    listener = socket.socket(family, kind, protocol)
    try:
        _claim_port(listener)
        listener.bind(address)
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise click.ClickException(_refusal(error, host, port)) from error
    return listener


def url_of(listener: socket.socket) -> str:
    """Where the socket can be reached, as ``http://host:port``."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if listener.family == socket.AF_INET6 else f"http://{host}:{port}"


def _claim_port(listener: socket.socket) -> None:
    """Lets a restart take a port whose old connections linger; never lets two servers share one."""
    if sys.platform == "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)


def _refusal(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use; choose another one with --port (0 takes any free one)"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine"
    return f"cannot listen on {host}, port {port} ({error.strerror})"

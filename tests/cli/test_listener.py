from __future__ import annotations

import socket

import click
import pytest

from llamar_server.cli.listener import listen, url_of


def test_it_is_bound_to_that_address_and_no_other() -> None:
    with listen("127.0.0.1", 0, open_to_all=False) as listener:
        host, port = listener.getsockname()
        assert host == "127.0.0.1"
        assert url_of(listener) == f"http://127.0.0.1:{port}"
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.2", port), timeout=5)
        socket.create_connection((host, port), timeout=5).close()


def test_two_never_share_a_port() -> None:
    with listen("127.0.0.1", 0, open_to_all=False) as first:
        port = first.getsockname()[1]
        with pytest.raises(click.ClickException, match=rf"port {port} on 127.0.0.1 is in use"):
            listen("127.0.0.1", port, open_to_all=False)


def test_a_port_is_free_again_although_its_connections_linger() -> None:
    with listen("127.0.0.1", 0, open_to_all=False) as listener:
        port = listener.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = listener.accept()
        accepted.close()  # closed on this side first: this is the side that lingers
        client.close()
    listen("127.0.0.1", port, open_to_all=False).close()


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_other_machines_are_served_only_if_that_is_wanted(host: str) -> None:
    with pytest.raises(click.ClickException, match=r"--api-key.*--insecure"):
        listen(host, 0, open_to_all=False)


def test_it_listens_to_all_if_that_is_wanted() -> None:
    with listen("0.0.0.0", 0, open_to_all=True) as listener:
        assert listener.getsockname()[0] == "0.0.0.0"


def test_ipv6_loopback() -> None:
    if not socket.has_ipv6:
        pytest.skip("this Python has no IPv6")
    try:
        listener = listen("::1", 0, open_to_all=False)
    except click.ClickException as error:
        pytest.skip(f"this machine has no IPv6 loopback: {error}")
    with listener:
        assert url_of(listener) == f"http://[::1]:{listener.getsockname()[1]}"


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1"])
def test_a_host_that_is_not_here_is_refused_in_one_sentence(host: str) -> None:
    with pytest.raises(click.ClickException) as refusal:
        listen(host, 0, open_to_all=True)
    assert host in str(refusal.value)
    assert "\n" not in str(refusal.value)

"""The tests' own guard: nothing but this machine can be reached."""

import asyncio
import socket
import urllib.request

import pytest
from jupyter_client.manager import start_new_kernel

# 192.0.2.0/24 and 2001:db8::/32 are set aside for examples (RFC 5737, RFC 3849): nobody is there.
NOWHERE = "192.0.2.1"


@pytest.mark.parametrize(
    ("family", "address"),
    [(socket.AF_INET, (NOWHERE, 9)), (socket.AF_INET6, ("2001:db8::1", 9, 0, 0))],
)
@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_no_connection_leaves(family, address, method):
    with socket.socket(family) as client, pytest.raises(OSError, match="tests reach no network"):
        getattr(client, method)(address)


def test_no_datagram_leaves():
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
        pytest.raises(OSError, match="tests reach no network"),
    ):
        client.sendto(b"ctkit", (NOWHERE, 9))


def test_no_name_is_looked_up():
    with pytest.raises(OSError, match=r"'example\.org' is not this machine"):
        urllib.request.urlopen("http://example.org", timeout=1)
    with pytest.raises(OSError, match="tests reach no network"):
        asyncio.run(asyncio.open_connection("example.org", 80))


def test_the_loopback_is_open():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("localhost", port), timeout=5) as client:
            assert client.getpeername()[1] == port
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        assert client.sendto(b"ctkit", ("127.0.0.1", port)) == 5


def test_kernels_of_notebooks_are_guarded_too():
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        code = f"import socket; socket.create_connection(({NOWHERE!r}, 9), timeout=1)"
        reply = client.execute_interactive(code, timeout=30, output_hook=lambda _: None)
        assert reply["content"]["ename"] == "NetworkBlockedError"
        # The guard leaves no name behind for a page to trip over.
        reply = client.execute_interactive("block", timeout=30, output_hook=lambda _: None)
        assert reply["content"]["ename"] == "NameError"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)

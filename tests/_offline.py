"""No network in tests: a socket reaches this machine, and nothing else.

Stands alone, and is also run at the start of every kernel that the tests start.
"""

import ipaddress
import socket


class NetworkBlockedError(OSError):
    """A test tried to reach another machine."""


def is_local(host):
    """Whether `host`, a name or an address, is this machine."""
    if host in (None, "", b"", "localhost", b"localhost", socket.gethostname()):
        return True
    if isinstance(host, bytes):
        host = host.decode()
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse_unless_local(host):
    if not is_local(host):
        message = f"tests reach no network, and {host!r} is not this machine"
        raise NetworkBlockedError(message)


def _guarded(method):
    def call(self, *arguments):
        # An address is the last argument of connect, connect_ex and sendto.
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_unless_local(arguments[-1][0])
        return method(self, *arguments)

    return call


def _guarded_lookup(lookup):
    def call(host, *arguments, **options):
        _refuse_unless_local(host)
        return lookup(host, *arguments, **options)

    return call


def block():
    """Refuse every connection and look-up of a name beyond the loopback, from now on."""
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        setattr(socket, name, _guarded_lookup(getattr(socket, name)))

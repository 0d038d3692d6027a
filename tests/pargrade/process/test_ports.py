"""Ports that are named before their service listens."""

import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from pargrade.process.ports import free_ports

SYSTEMS_CHOICE = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])


def test_free_ports__any_number__differ_and_can_be_listened_on():
    ports = free_ports(50)
    assert len(set(ports)) == 50
    with ExitStack() as held:
        for port in ports:
            held.enter_context(socket.create_server(("127.0.0.1", port)))


def test_free_ports__drawn_while_others_are_held__are_not_theirs():
    held = {port: socket.create_server(("127.0.0.1", port)) for port in free_ports(200)}
    try:
        assert not set(free_ports(200)) & set(held)
    finally:
        for listening in held.values():
            listening.close()


def test_free_ports__connections_go_out__none_takes_one():
    ports = set(free_ports(100))
    with socket.create_server(("127.0.0.1", 0)) as server, ExitStack() as open_ones:
        for _ in range(60):
            connection = open_ones.enter_context(socket.create_connection(server.getsockname()))
            assert connection.getsockname()[1] >= SYSTEMS_CHOICE > max(ports)


def test_free_ports__of_an_address_that_is_not_ours__says_so():
    with pytest.raises(OSError, match="free ports"):
        free_ports(1, host="192.0.2.1")

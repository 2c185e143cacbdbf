import os
import socket

import pytest

from local.ports import PortTaken, check_free, holder, listen

pytestmark = [pytest.mark.network]


def test_a_free_port_is_listened_on_for_both_families_of_localhost() -> None:
    sockets = listen(0)
    ports = {opened.getsockname()[1] for opened in sockets}
    for opened in sockets:
        opened.close()
    assert len(ports) == 1


def test_who_has_a_port_is_named_and_how_to_choose_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken) as complaint:
            listen(port, another="--port {port}")
        with pytest.raises(PortTaken):
            check_free(port)
    said = str(complaint.value)
    assert f"Port {port} is taken by process {os.getpid()}" in said
    assert f"lsof -nP -iTCP:{port}" in said
    assert f"choose another port:  --port {port + 1}" in said


def test_a_port_nobody_has_has_no_holder() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert holder(port) is None

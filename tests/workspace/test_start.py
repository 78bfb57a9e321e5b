"""The server that `alliancelab start` runs: its address, its end, and what it keeps away from."""

from __future__ import annotations

import json
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import websocket
from serving import Server, get, serving

from alliancelab import handin, workspace
from alliancelab.errors import AllianceLabError


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server on an empty folder, for somebody with an empty home."""
    with serving(tmp_path / "mine", tmp_path / "home") as running:
        yield running


def begin_kernel(server: Server) -> None:
    """Start a kernel as a page does, and wait until it answers."""
    status, text = get(server, "/api/kernels", server.token, "POST")
    assert status == 201, text
    address = f"{server.root.replace('http', 'ws')}/api/kernels/{json.loads(text)['id']}/channels"
    line = websocket.create_connection(address, timeout=60, header=[f"Authorization: token {server.token}"])
    header = {"msg_id": "1", "msg_type": "kernel_info_request", "session": "1", "username": "", "version": "5.3"}
    line.send(json.dumps({"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": {}}))
    while '"kernel_info_reply"' not in str(line.recv()):
        pass
    line.close()


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_printed_address_opens_the_start_page_and_needs_its_token(server):
    """With the token the page comes; without it or with another one nobody gets in."""
    assert server.url.startswith(f"{server.root}/notebooks/00_start_here.ipynb?token=")
    assert len(server.token) >= 32
    assert get(server, "/notebooks/00_start_here.ipynb", server.token)[0] == 200
    assert get(server, "/notebooks/00_start_here.ipynb")[0] == 302
    assert get(server, "/api/contents")[0] == 403
    assert get(server, "/api/contents", "0" * 48)[0] == 403


def test_ctrl_c_ends_the_server_and_its_kernels(server):
    """No question is asked, the exit code is 0, nothing is left running, nothing was shouted."""
    begin_kernel(server)
    kernels = server.kernels()
    assert kernels
    assert server.interrupt() == 0
    gone, alive = psutil.wait_procs(kernels, timeout=20)
    assert not alive
    assert server.process.stdout.read() == ""
    assert server.errors.read_text() == ""
    assert server.token not in (server.folder / workspace.HIDDEN / "jupyter.log").read_text()


def test_the_page_comes_with_our_settings(server):
    """News are off, what a trainee does not need is off, and the page for our notebooks is there."""
    _, page = get(server, "/notebooks/00_start_here.ipynb", server.token)
    config = json.loads(page.partition('type="application/json">')[2].partition("</script>")[0])
    assert "alliancelab" in [extension["name"] for extension in config["federated_extensions"]]
    assert "@jupyterlab/apputils-extension:announcements" in config["disabledExtensions"]
    _, settings = get(server, "/lab/api/settings/@jupyterlab/apputils-extension:notification", server.token)
    assert json.loads(settings)["schema"]["properties"]["fetchNews"]["default"] == "false"
    status, script = get(server, "/lab/extensions/alliancelab/static/remoteEntry.js", server.token)
    assert status == 200
    assert "window._JUPYTERLAB.alliancelab" in script


def test_nothing_is_written_to_the_home_of_the_user(tmp_path):
    """Settings, signatures, history and connections stand in the folder's hidden directory or are taken away."""
    home = tmp_path / "home"
    with serving(tmp_path / "mine", home) as server:
        begin_kernel(server)
        server.interrupt()
    assert files(home) == {"server-errors.txt"}
    assert files(tmp_path / "mine") >= {".alliancelab/carried.json", "00_start_here.ipynb"}


def test_a_users_own_broken_jupyter_does_not_stop_us(tmp_path):
    """A broken configuration, another port, a password and a kernel that cannot start are the user's own, not ours."""
    config = tmp_path / "home" / ".jupyter"
    config.mkdir(parents=True)
    (config / "jupyter_server_config.py").write_text("this is not Python\n")
    (config / "jupyter_server_config.json").write_text('{"ServerApp": {"base_url": "/elsewhere/", "port": 1}}')
    (config / "jupyter_notebook_config.py").write_text("raise SystemExit(3)\n")
    kernel = tmp_path / "home" / ".local/share/jupyter/kernels/python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text('{"argv": ["/nowhere/python"], "display_name": "x", "language": "python"}')
    with serving(tmp_path / "mine", tmp_path / "home", JUPYTER_TOKEN="known") as server:
        assert server.token != "known"
        assert get(server, "/notebooks/00_start_here.ipynb", server.token)[0] == 200
        begin_kernel(server)
        assert server.kernels()


def test_a_home_that_cannot_be_written_does_not_stop_us(tmp_path):
    """A home that is a file is as closed as a home can be, also to root."""
    (tmp_path / "no-home").write_text("")
    with serving(tmp_path / "mine", tmp_path / "home", HOME=str(tmp_path / "no-home")) as server:
        begin_kernel(server)
        assert server.interrupt() == 0


def test_in_lab_the_start_page_opens_too(tmp_path):
    """`--lab` opens the same page in JupyterLab."""
    with serving(tmp_path / "mine", tmp_path / "home", lab=True) as server:
        assert server.url.startswith(f"{server.root}/lab/tree/00_start_here.ipynb?token=")
        assert get(server, "/lab/tree/00_start_here.ipynb", server.token)[0] == 200


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_port_in_use_is_told_in_a_sentence(tmp_path, taken):
    """The port is named, and what to type instead."""
    with pytest.raises(AllianceLabError) as told:
        workspace.start(tmp_path, browser=False, port=taken)
    assert str(told.value) == (
        f"port {taken} is in use; type another one, such as --port {taken + 1}, or leave --port out"
    )


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_that_is_none_is_told_in_a_sentence(tmp_path, port):
    """A number outside the range is the reader's to mend."""
    with pytest.raises(AllianceLabError, match=f"^{port} is no port; type a number from 1 to 65535"):
        workspace.start(tmp_path, browser=False, port=port)


def test_the_port_asked_for_is_the_port_used(tmp_path, taken):
    """`--port` is kept to; it is free here, because the one who had it has gone."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    with serving(tmp_path / "mine", tmp_path / "home", port=free) as server:
        assert server.root == f"http://127.0.0.1:{free}"


def test_two_folders_can_be_open_at_once(tmp_path):
    """Without `--port` a free one is found."""
    with serving(tmp_path / "a", tmp_path / "home-a") as first, serving(tmp_path / "b", tmp_path / "home-b") as second:
        assert first.root != second.root
        assert get(second, "/notebooks/00_start_here.ipynb", second.token)[0] == 200


def test_handing_in_still_finds_the_users_own_course(tmp_path):
    """Inside our server nbgrader's settings are looked for where the user keeps them."""
    ours = workspace.environment(tmp_path, tmp_path / "runtime", {"JUPYTER_CONFIG_DIR": "/home/ada/jupyter"})
    before = json.loads(ours[handin.OUTER])
    assert before["JUPYTER_CONFIG_DIR"] == "/home/ada/jupyter"
    assert before["JUPYTER_DATA_DIR"] is None
    assert {name for name in ours if name != handin.OUTER} == set(before)


def test_the_secret_is_for_its_owner_only(tmp_path):
    """Whoever has it could sign notebooks that are then run without asking."""
    workspace.prepare(tmp_path)
    assert stat.S_IMODE((tmp_path / workspace.HIDDEN / "secret").stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_used_ends_before_a_server_starts(tmp_path):
    """The sentence of `prepare` comes through."""
    (tmp_path / "mine").write_text("")
    with pytest.raises(AllianceLabError, match="is no folder"):
        workspace.start(tmp_path / "mine", browser=False)

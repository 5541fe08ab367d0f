"""HTTP against real sockets on the loopback interface."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from commarchive.errors import UsageError, WikiOutcomeUnknownError, WikiUnavailableError
from commarchive.wikibase.http import HttpTransport
from commarchive.wikibase.transport import Request

AGENT = "commarchive-tests/0 (tests@example.org)"
ASK = Request("GET", "/w/api.php", params={"action": "query"})


def read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data and (more := connection.recv(65536)):
        data += more
    return data


@contextmanager
def serving(behave: Callable[[socket.socket], object]) -> Iterator[str]:
    """A server that does one thing to every connection, then closes it."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)
    stopped = threading.Event()

    def run() -> None:
        while not stopped.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                if not stopped.is_set():
                    behave(connection)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stopped.set()
        with socket.create_connection(listener.getsockname()):
            pass
        listener.close()
        thread.join(5)


def test_a_request_is_carried_whole():
    seen: list[bytes] = []

    def behave(connection):
        seen.append(read_request(connection))
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: session=1; Path=/\r\nRetry-After: 3\r\n"
            b"Connection: close\r\n\r\n{}"
        )

    with serving(behave) as url:
        transport = HttpTransport(url + "/", AGENT)
        first = transport.send(ASK, timeout=5)
        transport.send(Request("POST", "/w/api.php", form={"a": "ä b"}, headers={"x-one": "1"}), timeout=5)
        transport.close()
    assert (first.status, first.json(), first.headers["retry-after"]) == (200, {}, "3")
    assert seen[0].startswith(b"GET /w/api.php?action=query HTTP/1.1\r\n")
    assert f"User-Agent: {AGENT}".encode() in seen[0]
    assert seen[1].startswith(b"POST /w/api.php HTTP/1.1\r\n")
    assert b"Cookie: session=1" in seen[1]
    assert b"x-one: 1" in seen[1]


def test_an_address_that_nobody_listens_at_was_never_sent_to():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(WikiUnavailableError, match="cannot be reached"):
        HttpTransport(f"http://127.0.0.1:{port}", AGENT).send(ASK, timeout=2)


def test_a_name_that_does_not_resolve_was_never_sent_to():
    with pytest.raises(WikiUnavailableError):
        HttpTransport("http://nowhere.invalid", AGENT).send(ASK, timeout=5)


def test_a_connection_that_breaks_after_the_request_leaves_the_outcome_unknown():
    with serving(read_request) as url, pytest.raises(WikiOutcomeUnknownError):
        HttpTransport(url, AGENT).send(ASK, timeout=2)


def test_an_answer_that_breaks_off_leaves_the_outcome_unknown():
    def behave(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")

    with serving(behave) as url, pytest.raises(WikiOutcomeUnknownError):
        HttpTransport(url, AGENT).send(ASK, timeout=2)


def test_a_silent_wiki_is_left_in_time():
    release = threading.Event()

    def behave(connection):
        read_request(connection)
        release.wait(10)

    with serving(behave) as url:
        with pytest.raises(WikiOutcomeUnknownError):
            HttpTransport(url, AGENT).send(ASK, timeout=0.3)
        release.set()


def test_an_answer_that_trickles_is_left_in_time():
    stop = threading.Event()

    def behave(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while not stop.wait(0.05):
                connection.sendall(b"1\r\n \r\n")
        except OSError:
            return

    with serving(behave) as url:
        with pytest.raises(WikiOutcomeUnknownError, match="did not end in time"):
            HttpTransport(url, AGENT).send(ASK, timeout=0.4)
        stop.set()


def test_an_answer_larger_than_any_sense_is_left(monkeypatch):
    monkeypatch.setattr("commarchive.wikibase.http.LARGEST_ANSWER", 100)

    def behave(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n" + b" " * 1000)

    with serving(behave) as url, pytest.raises(WikiOutcomeUnknownError, match="larger"):
        HttpTransport(url, AGENT).send(ASK, timeout=2)


def test_a_redirect_is_not_followed():
    seen: list[bytes] = []

    def behave(connection):
        seen.append(read_request(connection))
        connection.sendall(
            b"HTTP/1.1 301 Moved\r\nLocation: http://elsewhere.invalid/\r\nContent-Length: 0\r\n"
            b"Connection: close\r\n\r\n"
        )

    with serving(behave) as url:
        answer = HttpTransport(url, AGENT).send(ASK, timeout=2)
    assert answer.status == 301
    assert len(seen) == 1


def test_proxies_of_the_environment_are_ignored(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    def behave(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")

    with serving(behave) as url:
        assert HttpTransport(url, AGENT).send(ASK, timeout=2).status == 200


def test_a_proxy_that_is_not_there_was_never_sent_through():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    transport = HttpTransport("http://wiki.invalid", AGENT, proxies={"http": f"http://127.0.0.1:{port}"})
    with pytest.raises(WikiUnavailableError):
        transport.send(ASK, timeout=2)


@pytest.mark.parametrize(
    "url", ["", "archive.example", "ftp://archive.example", "http://", "https://name:secret@archive.example"]
)
def test_an_address_that_is_none_is_refused_without_showing_a_password(url):
    with pytest.raises(UsageError) as caught:
        HttpTransport(url, AGENT)
    assert "secret" not in str(caught.value)


def test_a_client_without_a_name_is_refused():
    with pytest.raises(UsageError):
        HttpTransport("https://archive.example", " ")

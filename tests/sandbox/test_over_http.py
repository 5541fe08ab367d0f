from __future__ import annotations

import socket
import threading
import time

import pytest
import requests

from commarchive.errors import WikiUnavailableError
from commarchive.sandbox import Fault, Wiki, serve
from commarchive.wikibase.http import HttpTransport
from tests.sandbox.client import Client, terms


def over(address: str) -> Client:
    return Client(HttpTransport(address, "commarchive-tests/1 (https://example.org/)"))


def test_a_client_that_knows_nothing_of_it_signs_in_writes_and_reads(wiki: Wiki):
    with serve(wiki) as address:
        client = over(address).sign_in("Admin")
        item = client.item(labels=terms(en="viulu ja lyyra äöå"))
        assert client.entity(item)["labels"]["en"]["value"] == "viulu ja lyyra äöå"


def test_each_client_has_its_own_session(wiki: Wiki):
    with serve(wiki) as address:
        over(address).sign_in("Admin")
        assert over(address).call(action="query", meta="userinfo")["error"]["code"] == "readapidenied"


def test_a_cookie_of_ones_own_making_is_no_session(wiki: Wiki):
    with serve(wiki) as address:
        answer = requests.get(f"{address}/w/api.php", cookies={"embedded_wiki_session": "chosen"}, timeout=5)
        assert answer.cookies["embedded_wiki_session"] != "chosen"
        assert "HttpOnly" in answer.headers["set-cookie"]


def test_a_concept_address_leads_to_the_data_where_it_is_served(open_wiki: Wiki):
    with serve(open_wiki) as address:
        item = over(address).item(labels=terms(en="x"))
        answer = requests.get(f"{address}/entity/{item}", headers={"Accept": "application/json"}, timeout=5)
        assert answer.json()["entities"][item]["labels"] == terms(en="x")


def test_parameters_may_come_in_many_parts(wiki: Wiki):
    with serve(wiki) as address:
        form = {"action": (None, "query"), "meta": (None, "tokens"), "type": (None, "login"), "format": (None, "json")}
        answer = requests.post(f"{address}/w/api.php", files=form, timeout=5)
        assert "logintoken" in answer.json()["query"]["tokens"]


def test_a_silent_server_keeps_its_client_waiting_and_stops_when_told(wiki: Wiki):
    wiki.faults.add("silent")
    with serve(wiki) as address:
        with pytest.raises(requests.Timeout):
            requests.get(f"{address}/w/api.php", params={"action": "query"}, timeout=0.3)
        assert requests.get(f"{address}/w/api.php", params={"action": "query"}, timeout=5).status_code == 200
        wiki.faults.add("silent")
        statuses: list[int] = []
        waiting = threading.Thread(target=_ask, args=(address, statuses))
        waiting.start()
        while len(wiki.faults):
            time.sleep(0.01)
        begun = time.monotonic()
    waiting.join(5)
    assert statuses == [504]
    assert time.monotonic() - begun < 5


def _ask(address: str, statuses: list[int]) -> None:
    statuses.append(requests.get(f"{address}/w/api.php", params={"action": "query"}, timeout=5).status_code)


def test_faults_come_over_http_with_their_statuses_and_headers(wiki: Wiki):
    wiki.faults.add(Fault("429", retry_after=3), Fault("maxlag"))
    with serve(wiki) as address:
        answer = requests.get(f"{address}/w/api.php", params={"action": "query"}, timeout=5)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
        answer = requests.get(f"{address}/w/api.php", params={"action": "query"}, timeout=5)
        assert (answer.status_code, answer.headers["X-Database-Lag"]) == (200, "6")
        assert answer.headers["MediaWiki-API-Error"] == "maxlag"


def test_many_at_once_lose_nothing(open_wiki: Wiki):
    with serve(open_wiki) as address:
        clients = [over(address) for _ in range(4)]
        made: list[str] = []

        def write(client: Client) -> None:
            made.extend(client.item(labels=terms(en="x")) for _ in range(10))

        threads = [threading.Thread(target=write, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(set(made)) == 40


def test_an_address_in_use_is_named(wiki: Wiki):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(WikiUnavailableError, match=str(port)), serve(wiki, port=port):
            pass


def test_the_port_is_free_again_afterwards(wiki: Wiki):
    with serve(wiki) as address:
        port = int(address.rpartition(":")[2])
    with serve(wiki, port=port) as again:
        assert again == address

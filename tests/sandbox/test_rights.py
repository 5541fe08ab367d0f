from __future__ import annotations

import pytest

from commarchive.sandbox import RateLimit, Wiki, WikiSettings
from commarchive.sandbox.api import MODULES
from tests.sandbox.client import PASSWORD, Client, Clock, code, messages, terms

OPEN_TO_ALL = {"login", "clientlogin", "logout"}


@pytest.mark.parametrize("module", sorted(set(MODULES) - OPEN_TO_ALL))
def test_a_private_wiki_answers_no_module_to_those_who_may_not_read(visitor: Client, member: Client, module: str):
    assert code(visitor.call(action=module, token="+\\")) == "readapidenied"
    assert code(member.write(module)) == "readapidenied"


@pytest.mark.parametrize(
    "params",
    [
        {"meta": "userinfo"},
        {"meta": "tokens|userinfo"},
        {"meta": "tokens", "list": "recentchanges"},
        {"meta": "tokens", "titles": "Item:Q1"},
        {"meta": "tokens", "prop": "revisions", "revids": "1"},
        {"meta": "siteinfo"},
        {"meta": ""},
        {"meta": "tokens|nonsense"},
    ],
)
def test_tokens_are_given_to_all_only_when_asked_for_alone(visitor: Client, params: dict[str, str]):
    assert code(visitor.call(action="query", **params)) == "readapidenied"
    assert "tokens" in visitor.call(action="query", meta="tokens", type="login|csrf")["query"]


def test_a_private_wikis_pages_are_closed_but_say_so_with_200(admin: Client, visitor: Client):
    item = admin.item(labels=terms(en="secret label"))
    answer = visitor.get(f"/wiki/Special:EntityData/{item}.json")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert b"secret" not in answer.body
    assert b"secret" in admin.get(f"/wiki/Special:EntityData/{item}.json").body


def test_an_open_wiki_lets_everybody_read_and_edit(open_wiki: Wiki):
    visitor = Client(open_wiki.transport())
    item = visitor.item(labels=terms(en="by nobody in particular"))
    assert visitor.entity(item)["labels"]["en"]["value"] == "by nobody in particular"


def test_a_blocked_account_reads_but_does_not_edit(wiki: Wiki, custodian: Client):
    item = custodian.item()
    wiki.block("Custodian", reason="for a test")
    answer = custodian.edit({"labels": terms(en="x")}, id=item)
    assert code(answer) == "permissiondenied"
    assert messages(answer) == ["wikibase-api-permissiondenied", "blockedtext"]
    assert custodian.entity(item)["labels"] == {}
    info = custodian.call(action="query", meta="userinfo", uiprop="blockinfo")["query"]["userinfo"]
    assert info["blockreason"] == "for a test"
    wiki.unblock("Custodian")
    assert "entity" in custodian.edit({"labels": terms(en="x")}, id=item)


def test_groups_and_blocks_show_in_lists_of_users(wiki: Wiki, admin: Client):
    wiki.block("Member")
    found = admin.call(
        action="query", list="users", ususers="Member|Nobody|a/b", ususerids="1|99", usprop="groups|blockinfo|rights"
    )["query"]["users"]
    assert found[0]["groups"] == ["*", "user", "autoconfirmed"]
    assert found[0]["blockedby"] == "Maintenance script"
    assert "read" not in found[0]["rights"]
    assert found[1] == {"name": "Nobody", "missing": ""}
    assert found[2] == {"name": "a/b", "invalid": ""}
    assert found[3]["name"] == "Admin"
    assert found[4] == {"userid": 99, "missing": ""}


def test_only_bots_make_edits_that_count_as_a_bots(service: Client, admin: Client):
    service.edit({}, new="item", bot="")
    admin.edit({}, new="item", bot="")
    changes = admin.call(action="query", list="recentchanges", rcprop="user|flags")["query"]["recentchanges"]
    assert [(change["user"], "bot" in change) for change in changes] == [("Admin", False), ("Service", True)]


def test_deleting_needs_the_right_to(custodian: Client, admin: Client):
    item = admin.item()
    assert code(custodian.write("delete", title=f"Item:{item}")) == "permissiondenied"
    assert code(custodian.write("undelete", title=f"Item:{item}")) == "permissiondenied"


def test_too_many_edits_are_refused_as_wikibase_does_and_later_ones_pass(clock: Clock):
    settings = WikiSettings(private=False, rate_limit=RateLimit(edits=3, seconds=60))
    with Wiki(":memory:", settings=settings, clock=clock) as wiki:
        wiki.create_account("Hasty", PASSWORD)
        hasty = Client(wiki.transport()).sign_in("Hasty")
        for _ in range(3):
            hasty.item()
        answer = hasty.edit({}, new="item")
        assert code(answer) == "failed-save"
        assert messages(answer) == ["wikibase-api-failed-save", "actionthrottledtext"]
        limits = hasty.call(action="query", meta="userinfo", uiprop="ratelimits")["query"]["userinfo"]["ratelimits"]
        assert limits["edit"]["user"] == {"hits": 3, "seconds": 60}
        clock.forward(61)
        hasty.item()


def test_a_write_needs_post_and_a_token(admin: Client):
    token = admin.token()
    assert code(admin.call(action="wbeditentity", new="item", data="{}")) == "missingparam"
    assert code(admin.call(action="wbeditentity", new="item", data="{}", token="wrong+\\")) == "badtoken"
    exposed = admin.get("/w/api.php", action="wbeditentity", new="item", data="{}", token=token)
    assert code(exposed.json()) == "mustpostparams"


def test_login_by_get_is_refused(visitor: Client):
    assert code(visitor.get("/w/api.php", action="login").json()) == "mustbeposted"


def test_the_many_that_may_be_asked_for_at_once_depend_on_the_asker(custodian: Client, service: Client):
    ids = "|".join(f"Q{number}" for number in range(1, 61))
    assert code(custodian.call(action="wbgetentities", ids=ids)) == "toomanyvalues"
    assert len(service.call(action="wbgetentities", ids=ids)["entities"]) == 60

"""The real inventory: sixty-nine elements, of which others have described twenty there already."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commarchive.deploy.services import open_archive
from commarchive.federation import Federation
from commarchive.federation.apply import Means, apply_plan
from commarchive.federation.approve import approve
from commarchive.federation.plan import Plan
from commarchive.federation.planning import plan_publication
from commarchive.federation.retract import deletion_requests, plan_retraction
from commarchive.federation.verify import Drift, verify
from commarchive.policy.standing import VISITOR
from commarchive.proof import people
from commarchive.proof.demo import Demo
from commarchive.proof.federating import Federating
from commarchive.proof.stand_in import KNOWN, fill
from commarchive.sandbox import WIKIDATA, Wiki
from commarchive.wikibase.api import ActionApi
from commarchive.wikibase.auth import login

Json = dict[str, Any]
ELEMENTS = 69


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's archive, before anything left it."""
    demo = Demo(tmp_path_factory.mktemp("inventory") / "archive")
    assert all(step.as_promised for step in demo.prepare())
    return demo.folder


def test_the_demos_story_is_as_promised_to_its_end(archive: Path, tmp_path: Path):
    folder = Path(shutil.copytree(archive, tmp_path / "archive"))
    with open_archive(folder) as services, services.target() as there:
        told = list(Federating(services, there, folder).run())
    assert [title for title, _, promised in told if not promised] == []
    assert len(told) == 6


@pytest.fixture
def story(archive: Path, tmp_path: Path) -> Iterator[Story]:
    folder = Path(shutil.copytree(archive, tmp_path / "archive"))
    with open_archive(folder) as services, services.target() as there:
        yield Story(folder, services, there)


class Story:
    """The archive, its target, and somebody else who works there."""

    def __init__(self, folder: Path, services: Any, there: Any) -> None:
        self.folder = folder
        self.federating = Federating(services, there, folder)
        self.federation = Federation.of(services.manifest, services.ids, services.register, services.projection)
        self.target = self.federation.target(there.client.api)
        self.there = there
        # The story's first step: everything may go.
        next(self.federating.run())
        self.known = fill(services.manifest, services.ids, folder / "tables")
        self.projection = services.projection
        self.wiki = Wiki(folder / "target.db", settings=WIKIDATA)
        self.wiki.create_account("Somebody", "somebody-password-1")

    def plan(self) -> Plan:
        with self.projection.view(VISITOR) as view:
            names = view.labels(self.federating._elements, ["en"])
        choices = {id_: self.known[name] for id_, (_, name) in names.items() if name in self.known}
        path = self.folder / "plan.jsonl"
        return plan_publication(self.federation, self.target, path, author=people.DATA_STEWARD, choices=choices)

    def carry_out(self, plan: Plan) -> int:
        approve(self.federation, plan, by=people.REVIEWER)
        means = Means(edits_per_minute=6000, settle=0)
        return len(apply_plan(self.federation, self.target, plan, by=people.DATA_STEWARD, means=means).sent)

    def items(self, ids: list[str]) -> dict[str, Json]:
        """Items there as they stand, without what an edit changes by itself."""
        found: dict[str, Json] = {}
        for start in range(0, len(ids), 50):
            answer = self.there.client.api.read(action="wbgetentities", ids=ids[start : start + 50])["entities"]
            for id_, item in answer.items():
                found[id_] = {key: item[key] for key in ("labels", "descriptions", "aliases", "claims", "sitelinks")}
        return found

    def somebody(self) -> ActionApi:
        transport = self.wiki.transport()
        account = login(transport, "Somebody", "somebody-password-1")
        return ActionApi(transport, assert_user=account.name)


def test_published_edited_by_others_verified_and_taken_back(story: Story):
    known = list(story.known.values())
    before = story.items(known)
    plan = story.plan()
    assert (plan.counts.edits, plan.counts.new_items) == (ELEMENTS, ELEMENTS - KNOWN)
    assert story.carry_out(plan) == ELEMENTS
    assert story.plan().counts.edits == 0
    assert verify(story.federation, story.target).findings == ()

    # Others go on working there: on a statement of theirs, and on one of ours.
    api, theirs, ours = story.somebody(), known[0], known[1]
    said = {"labels": {"fi": {"language": "fi", "value": "kabuki"}}}
    api.write(action="wbeditentity", id=theirs, data=json.dumps(said))
    (claim,) = story.items([ours])[ours]["claims"]["P31"]
    api.write(action="wbeditentity", id=ours, data=json.dumps({"claims": [{**claim, "rank": "preferred"}]}))
    report = verify(story.federation, story.target)
    assert {(finding.item, finding.drift) for finding in report.findings} == {(ours, Drift.CHANGED)}

    back = plan_retraction(story.federation, story.target, story.folder / "back", author=people.DATA_STEWARD)
    assert story.carry_out(back) == ELEMENTS
    after = story.items(known)
    assert after.pop(ours)["claims"]["P31"][0]["rank"] == "preferred", "what others changed is left to a person"
    assert after.pop(theirs) == {**before[theirs], "labels": {**before[theirs]["labels"], **said["labels"]}}
    assert after == {id_: item for id_, item in before.items() if id_ not in (ours, theirs)}

    requests = dict(deletion_requests(story.federation, story.target, story.federating._elements))
    assert len(requests) == ELEMENTS - KNOWN
    made = story.items(list(requests))
    assert all(item["claims"] in ({}, []) for item in made.values())
    assert all(item["labels"] for item in made.values())

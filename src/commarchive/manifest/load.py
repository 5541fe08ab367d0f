"""Loads an archive's files into a manifest, or says everything that is wrong with them.

Knows: how what is written becomes what is used. Must not know: how it is checked, or what is done with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from commarchive.errors import Finding, ManifestError
from commarchive.manifest.addresses import absolute_address
from commarchive.manifest.check import DEFAULT_CONDITION, DEFAULT_HUB, DEFAULT_STORES, advice_of, findings_of
from commarchive.manifest.checked import Checked
from commarchive.manifest.config import (
    Account,
    FederationConfig,
    FederationTarget,
    LocalContextsConfig,
    Manifest,
    ProtocolExample,
    Rights,
    StoreConfig,
    WikiConfig,
    WikiDriver,
)
from commarchive.manifest.packs import packs_of, schema_of
from commarchive.manifest.secrets import SecretRef
from commarchive.manifest.sources import Sources, gather, mapping_file
from commarchive.manifest.words import month_and_day
from commarchive.manifest.yamlfile import Steps
from commarchive.model.archive import (
    AccessProtocol,
    Archive,
    Community,
    FederationRule,
    Mode,
    OutsidersSee,
    RecordState,
    ReleaseRule,
    Season,
)

_KNOWN_TARGETS = MappingProxyType(
    {
        FederationTarget.WIKIDATA: "https://www.wikidata.org",
        FederationTarget.TEST_WIKIDATA: "https://test.wikidata.org",
    }
)
_FEDERATION_CHOICES = ("approvals", "edits_per_minute", "licence", "archive_item")


def load_manifest(folder: Path) -> Manifest:
    """Load the archive in this folder.

    Raises:
        ManifestError: something is wrong; it carries every finding in every file.
    """
    folder = folder.resolve()
    sources = gather(folder)
    findings = findings_of(sources)
    if findings:
        raise ManifestError(findings)
    data = sources.archive.data
    return Manifest(
        folder=folder,
        archive=_archive(sources),
        schema=schema_of(sources),
        wiki=_wiki(sources),
        register=_store(sources, "register"),
        projection=_store(sources, "projection"),
        federation=_federation(sources),
        local_contexts=_local_contexts(sources),
        rights=Rights(**data["rights"]) if "rights" in data else None,
        packs=packs_of(sources),
        examples={name: _examples(file) for name, file in sources.examples.items()},
        advice=tuple(advice_of(sources)),
    )


def _archive(sources: Sources) -> Archive:
    data = sources.archive.data
    about = data["archive"]
    communities = [Community(each["id"], each["name"], tuple(each.get("parents", ()))) for each in data["communities"]]
    return Archive(
        id=about["id"],
        zone=about["zone"],
        communities={community.id: community for community in communities},
        protocols={file.data["id"]: _protocol(file.data, about["zone"]) for file in sources.protocols.values()},
        default_condition=data.get("default_condition", DEFAULT_CONDITION),
        name=about["name"],
        base_url=absolute_address(about["base_url"], sources.folder),
        languages=tuple(about["languages"]),
    )


def _protocol(data: Mapping[str, Any], zone: str) -> AccessProtocol:
    plain = AccessProtocol(data["id"], data["community"])
    release = ReleaseRule(data.get("release", plain.release))
    return AccessProtocol(
        id=data["id"],
        community=data["community"],
        mode=Mode(data.get("mode", plain.mode)),
        name=data["name"],
        stewards_min=data.get("stewards_min", release.people),
        season=_season(data.get("season"), zone),
        outsiders_see=OutsidersSee[data["outsiders_see"].upper()] if "outsiders_see" in data else plain.outsiders_see,
        release=release,
        federation=FederationRule(data.get("federation", plain.federation)),
        labels=tuple(data.get("labels", ())),
        notice=data.get("notice", {}),
    )


def _season(data: Mapping[str, str] | None, zone: str) -> Season | None:
    if data is None:
        return None
    first, last = month_and_day(data["from"]), month_and_day(data["to"])
    assert first is not None  # noqa: S101 (both were checked)
    assert last is not None  # noqa: S101
    return Season(first, last, data.get("zone", zone))


def _wiki(sources: Sources) -> WikiConfig:
    data = sources.archive.data["wiki"]
    driver = WikiDriver(data["driver"])
    default = DEFAULT_STORES["wiki"] if driver is WikiDriver.EMBEDDED else ""
    url = absolute_address(data.get("url", default), sources.folder)
    return WikiConfig(driver, url, _account(sources, ("wiki", "service_account"), data.get("service_account")))


def _store(sources: Sources, key: str) -> StoreConfig:
    data = sources.archive.data.get(key, {})
    password = _secret(sources, (key, "password"), data["password"]) if "password" in data else None
    return StoreConfig(absolute_address(data.get("url", DEFAULT_STORES[key]), sources.folder), password)


def _federation(sources: Sources) -> FederationConfig | None:
    data = sources.archive.data.get("federation")
    if data is None:
        return None
    target = FederationTarget(data["target"])
    url = _KNOWN_TARGETS.get(target) or data.get("url", DEFAULT_STORES["federation"])
    mapping = mapping_file(data["mapping"], sources.folder)
    assert mapping is not None  # noqa: S101 (it was checked)
    return FederationConfig(
        target=target,
        url=absolute_address(url, sources.folder),
        mapping=mapping,
        account=_account(sources, ("federation", "account"), data.get("account")),
        **{key: data[key] for key in _FEDERATION_CHOICES if key in data},
    )


def _local_contexts(sources: Sources) -> LocalContextsConfig | None:
    data = sources.archive.data.get("local_contexts")
    if data is None:
        return None
    key = _secret(sources, ("local_contexts", "api_key"), data["api_key"])
    url = data.get("url", DEFAULT_HUB).rstrip("/")
    return LocalContextsConfig(url, key, tuple(data["projects"]))


def _account(sources: Sources, steps: Steps, data: Mapping[str, str] | None) -> Account | None:
    return None if data is None else Account(data["name"], _secret(sources, (*steps, "password"), data["password"]))


def _secret(sources: Sources, steps: Steps, text: str) -> SecretRef:
    return SecretRef.parse(text, folder=sources.folder, finding=sources.archive.finding(steps, ""))


def _examples(file: Checked) -> tuple[ProtocolExample, ...]:
    found = []
    for at, data in enumerate(file.data["examples"]):
        who, what = data["who"], data["what"]
        found.append(
            ProtocolExample(
                member_of=frozenset(who.get("member_of", ())),
                steward_of=frozenset(who.get("steward_of", ())),
                condition=what["condition"],
                allow=data["decision"] == "allow",
                because=data["because"],
                place=file.finding(("examples", at), data["because"]),
                state=RecordState(what.get("state", RecordState.LIVE)),
                at=datetime.fromisoformat(data["at"]) if "at" in data else None,
                blocked_in=frozenset(who.get("blocked_in", ())),
                until=date.fromisoformat(who["until"]) if "until" in who else None,
            )
        )
    return tuple(found)


CUSTODIANS = (
    "whoever is a custodian of the wiki, and whoever is root on its host, can read everything in it; "
    "protocols bind everybody else"
)
"""What no file can change, said wherever an archive is checked."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found: mistakes, advice, and what holds in any case."""

    findings: tuple[Finding, ...]
    advice: tuple[Finding, ...]
    remarks: tuple[str, ...] = (CUSTODIANS,)


def check_archive(folder: Path) -> Report:
    """Check the archive in this folder; whatever is wrong with its files is in the report, never raised."""
    try:
        manifest = load_manifest(folder)
    except ManifestError as error:
        return Report(error.findings, ())
    return Report((), manifest.advice)

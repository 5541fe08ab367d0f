"""What an archive does with Local Contexts: ask the Hub, list what counts, look for what may not be meant.

Knows: which services that takes. Must not know: what a Label asks for, or how anything is shown.
"""

from __future__ import annotations

from commarchive import __version__
from commarchive.deploy.services import Services
from commarchive.errors import NotFoundError, UsageError
from commarchive.localcontexts.cache import CachedProject, HubCache
from commarchive.localcontexts.hub import Hub
from commarchive.policy import targets
from commarchive.policy.lint import Concern, Reason
from commarchive.policy.targets import Target
from commarchive.policy.vocabulary import Vocabulary
from commarchive.projection.linting import Linter, lint_archive

USER_AGENT = f"commarchive/{__version__}"


def refresh(archive: Services) -> list[CachedProject]:
    """Ask the Hub for the projects that the archive follows, and remember what it says.

    Raises:
        UsageError: the archive follows none, or the key cannot be sent.
        ManifestError: the key cannot be resolved.
    """
    config = archive.manifest.local_contexts
    if config is None:
        raise UsageError("this archive follows no project of the Hub", hint="add `local_contexts` to archive.yaml")
    hub = Hub(config.url, config.api_key, USER_AGENT)
    return _cache(archive).refresh(hub, config.projects, archive.register.store.clock())


def remembered(archive: Services) -> dict[str, CachedProject]:
    """Every project of which something is remembered, by UUID; what it ever carried counts."""
    return _cache(archive).all()


def displayed(archive: Services, project: str) -> CachedProject:
    """A project whose words may be shown to readers, by its UUID.

    Raises:
        NotFoundError: nothing is known of it, or its words are not for everyone.
    """
    found = _cache(archive).get(project.lower()) if project.lower() in _followed(archive) else None
    if found is None or found.displayed(archive.register.store.clock()) is None:
        hint = "`commarchive label list --projects` says what is known of which"
        raise NotFoundError(f"no project `{project}` whose words are for everyone", hint=hint)
    return found


def concerns(archive: Services) -> list[Concern]:
    """Everything in the archive that may not be meant; errors first.

    Raises:
        ClosedError: the projection or the register cannot be relied on.
    """
    vocabulary = Vocabulary.of(archive.manifest.schema, archive.ids)
    return lint_archive(archive.projection, archive.register, vocabulary, remembered(archive), _followed(archive))


def justify(
    archive: Services, about: str, word: str, *, by: str, why: str, part: Target = targets.ENTITY
) -> list[Reason]:
    """Keep a steward's reason why a Label may stand on a record or protocol that is open.

    Raises:
        NotFoundError: there is no such record or protocol, or no such Label that needs a reason.
        RefusedError: `by` is no steward of it.
        UsageError: there is no reason in `why`.
    """
    linter = Linter.of(archive.register, remembered(archive), _followed(archive))
    found, groups = _concerns_of(archive, linter, about)
    reasons = [c.reason for c in found if c.reason is not None and (c.reason.word, c.reason.part) == (word, part)]
    if not reasons:
        raise NotFoundError(f"`{about}` has no `{word}` that needs a reason", hint="`commarchive protocol lint`")
    for reason in dict.fromkeys(reasons):
        archive.register.justifications.give(reason, by=by, groups=groups, why=why)
    return reasons


def _concerns_of(archive: Services, linter: Linter, about: str) -> tuple[list[Concern], frozenset[str]]:
    protocol = archive.register.archive.protocols.get(about)
    if protocol is not None:
        return linter.of_protocol(about), frozenset({about, protocol.community})
    governance = archive.projection.governance([about]).get(about)
    if governance is None:
        raise NotFoundError(f"no record or protocol `{about}`")
    return linter.of_record(governance), governance.groups


def _followed(archive: Services) -> tuple[str, ...]:
    config = archive.manifest.local_contexts
    return config.projects if config is not None else ()


def _cache(archive: Services) -> HubCache:
    return HubCache(archive.register.store.engine)

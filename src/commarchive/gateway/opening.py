"""What a gateway serves from, made of an archive's parts.

Knows: which part of a manifest a page or an RDF document needs. Must not know: how the parts were opened.
"""

from __future__ import annotations

from collections.abc import Callable

from commarchive.gateway.ask import Services
from commarchive.identity import Identity
from commarchive.manifest.config import Manifest
from commarchive.model.schema import SchemaIds
from commarchive.policy.vocabulary import Vocabulary
from commarchive.projection import Projection
from commarchive.register import Register
from commarchive.wikibase.api import ActionApi
from commarchive.wikibase.rdf import RdfRights
from commarchive.wikibase.transport import Transport


def services_of(
    manifest: Manifest,
    ids: SchemaIds,
    register: Register,
    projection: Projection,
    new_session: Callable[[], Transport],
    service: ActionApi,
) -> Services:
    """What a gateway of this archive serves from.

    Args:
        manifest: the archive's files.
        ids: which ids its wiki gave the schemas.
        register: its register.
        projection: its projection.
        new_session: opens a session with its wiki, in which somebody can be signed in.
        service: the wiki as its service account sees it, to ask for groups and blocks.
    """
    return services_with(manifest, ids, projection, Identity(register, new_session, service=lambda: service))


def services_with(manifest: Manifest, ids: SchemaIds, projection: Projection, identity: Identity) -> Services:
    """What a gateway of this archive serves from, to whom `identity` says."""
    rights = manifest.rights
    return Services(
        archive=manifest.archive,
        projection=projection,
        identity=identity,
        vocabulary=Vocabulary.of(manifest.schema, ids),
        rights=RdfRights(rights.url, rights.text) if rights else RdfRights(),
        formatters={
            ids.properties[slug]: prop.formatter_url
            for slug, prop in manifest.schema.properties.items()
            if prop.formatter_url and slug in ids.properties
        },
    )

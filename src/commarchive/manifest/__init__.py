"""The files a community owns: load, validate, explain.

Read in this order: `yamlfile` (text to data with lines), `checked` (data against a JSON Schema), `sources` (which file
lies where), `check` and `packs` (what files say about each other), `config` and `load` (what the rest works with).
"""

from commarchive.manifest.checked import Checked, load_checked, parse_checked
from commarchive.manifest.config import (
    Account,
    FederationConfig,
    FederationTarget,
    LocalContextsConfig,
    Manifest,
    Pack,
    ProtocolExample,
    Rights,
    StoreConfig,
    WikiConfig,
    WikiDriver,
)
from commarchive.manifest.load import load_manifest
from commarchive.manifest.secrets import Secret, SecretRef

__all__ = [
    "Account",
    "Checked",
    "FederationConfig",
    "FederationTarget",
    "LocalContextsConfig",
    "Manifest",
    "Pack",
    "ProtocolExample",
    "Rights",
    "Secret",
    "SecretRef",
    "StoreConfig",
    "WikiConfig",
    "WikiDriver",
    "load_checked",
    "load_manifest",
    "parse_checked",
]

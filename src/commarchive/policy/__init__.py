"""The access engine: pure rules about who may see what.

Read in this order: `condition` (the language), `standing` (who asks), `said` (what a revision says), `ratchet` (what
was seen and released), `guards` (both together), `redact` and `decide` (the answers).
"""

from commarchive.policy.condition import Condition, ConditionError, parse_condition
from commarchive.policy.decide import Decision, evaluate, satisfied
from commarchive.policy.guards import Guards, compile_guards
from commarchive.policy.redact import Redactor
from commarchive.policy.said import Said, read_said
from commarchive.policy.standing import VISITOR, Membership, Principal, Role, Standing, standing
from commarchive.policy.vocabulary import Vocabulary

__all__ = [
    "VISITOR",
    "Condition",
    "ConditionError",
    "Decision",
    "Guards",
    "Membership",
    "Principal",
    "Redactor",
    "Role",
    "Said",
    "Standing",
    "Vocabulary",
    "compile_guards",
    "evaluate",
    "parse_condition",
    "read_said",
    "satisfied",
    "standing",
]

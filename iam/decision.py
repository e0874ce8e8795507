"""A decision carries its proof: verdict, what is still required, what decided and what stopped."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """The three public answers (V-1)."""

    ALLOW = "allow"
    CONDITIONAL = "conditional"
    DENY = "deny"


@dataclass(frozen=True, slots=True, order=True)
class Atom:
    """One thing that must hold: a condition key compared, or a fact that must be supplied (V-2).

    ``operator`` is always the positive form; ``negated`` turns it round. An absent key is the
    operator ``Null`` with the value ``true``.
    """

    key: str
    operator: str
    values: tuple[str, ...]
    negated: bool = False
    kind: str = ""
    likelihood: str = "normal"
    statement: str = ""

    def __hash__(self) -> int:
        """Cheaper than by all fields: atoms that differ in the others only are few.

        The statement counts: many ask for the same, and each asks by itself.
        """
        return hash((self.key, self.operator, self.values, self.negated, self.statement))

    def negate(self) -> "Atom":
        """The same atom turned round."""
        return Atom(
            self.key,
            self.operator,
            self.values,
            not self.negated,
            self.kind,
            self.likelihood,
            self.statement,
        )

    def to_json(self) -> dict[str, Any]:
        """The atom in the shape of the ``why`` answer."""
        return {
            "key": self.key,
            "operator": self.operator,
            "values": list(self.values),
            "negated": self.negated,
            "kind": self.kind,
            "likelihood": self.likelihood,
            "statement": self.statement,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Atom":
        """Read what ``to_json`` wrote."""
        return cls(
            data["key"],
            data["operator"],
            tuple(data["values"]),
            data["negated"],
            data["kind"],
            data["likelihood"],
            data["statement"],
        )


Requirements = tuple[tuple[Atom, ...], ...]
"""A minimal disjunction of conjunctions, shortest first (V-3); empty when nothing is required."""


def requirements_json(requirements: Requirements) -> str:
    """Stable JSON text of requirements, as kept on an edge."""
    return json.dumps(
        [[atom.to_json() for atom in branch] for branch in requirements],
        separators=(",", ":"),
        ensure_ascii=False,
    )


def parse_requirements(text: str) -> Requirements:
    """Read what ``requirements_json`` wrote."""
    return tuple(tuple(Atom.from_json(atom) for atom in branch) for branch in json.loads(text))


def requirement_keys(requirements: Requirements) -> tuple[str, ...]:
    """Distinct keys that any way in asks for, sorted."""
    return tuple(sorted({atom.key for branch in requirements for atom in branch}))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an answer is no, in one layer: a code for machines and a sentence for people (V-6)."""

    code: str
    rule: str
    layer: str
    message: str
    statement: str = ""

    def to_json(self) -> dict[str, Any]:
        """The reason in the shape of the ``why`` answer."""
        data: dict[str, Any] = {"code": self.code, "rule": self.rule, "layer": self.layer}
        if self.statement:
            data["statement"] = self.statement
        data["message"] = self.message
        return data


NO_STATEMENT = -1
"""The index where the evidence is a resource and no statement of a policy."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A statement that took part: where it stands and what it says (V-6).

    In the layer ``workload`` it is a resource: ``policy`` is its ARN, ``sid`` its type, ``effect``
    ``Holds``, and ``statement`` is ``NO_STATEMENT``.
    """

    layer: str
    policy: str
    version: str
    statement: int
    sid: str
    effect: str
    place: str = ""

    @property
    def ref(self) -> str:
        """``<policy>@<version>#<index>``; without a version ``<policy>#<index>``."""
        return statement_ref(self.policy, self.version, self.statement)

    def to_json(self) -> dict[str, Any]:
        """The evidence in the shape of the ``why`` answer."""
        return {
            "layer": self.layer,
            "policy": self.policy,
            "version": self.version,
            "statement": self.statement,
            "sid": self.sid,
            "effect": self.effect,
        }


def statement_ref(policy: str, version: str, index: int) -> str:
    """Name of a statement: ``<policy>@<version>#<index>``, the version left out when none."""
    if index == NO_STATEMENT:
        return policy
    return f"{policy}@{version}#{index}" if version else f"{policy}#{index}"


@dataclass(frozen=True, slots=True)
class LayerResult:
    """What one policy layer says of a request.

    ``verdict`` is ``allow``, ``deny`` (explicit), ``silent`` (no Allow), ``unknown`` (depends on
    requirements), ``none`` (there is no such policy) or ``not-evaluated``. The layer ``workload``
    names the resources by which a service holds the role.
    """

    layer: str
    verdict: str
    message: str
    evidence: tuple[Evidence, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The layer as data."""
        return {
            "layer": self.layer,
            "verdict": self.verdict,
            "message": self.message,
            "statements": [e.ref for e in self.evidence],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer to one request, with everything that decided it (V-10)."""

    verdict: Verdict
    principal: str
    caller: str
    action: str
    resource: str
    requirements: Requirements = ()
    reasons: tuple[Reason, ...] = ()
    near_misses: tuple[Reason, ...] = ()
    findings: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    assumptions: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    snapshot: str = ""
    layers: tuple[LayerResult, ...] = ()

    @property
    def likelihood(self) -> str:
        """``unlikely`` when every way in needs something AWS documents not to happen (V-7)."""
        if self.requirements and all(
            any(atom.likelihood == "unlikely" for atom in branch) for branch in self.requirements
        ):
            return "unlikely"
        return "normal"

    def to_json(self) -> dict[str, Any]:
        """The ``why`` answer."""
        return {
            "verdict": self.verdict.value,
            "principal": self.principal,
            "caller": self.caller,
            "action": self.action,
            "resource": self.resource,
            "requirements": [[a.to_json() for a in branch] for branch in self.requirements],
            "reasons": [r.to_json() for r in self.reasons],
            "near_misses": [r.to_json() for r in self.near_misses],
            "findings": list(self.findings),
            "evidence": [e.to_json() for e in self.evidence],
            "assumptions": list(self.assumptions),
            "rules": list(self.rules),
            "snapshot": self.snapshot,
            "layers": [layer.to_json() for layer in self.layers],
        }

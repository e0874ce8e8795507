"""Saved answers for tests: small accounts whose files can be changed, broken and doubled."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.support.tree import REPOSITORY

ORGANIZATION = REPOSITORY / "tests" / "accounts" / "i_organization"
A, B = "111111111111", "222222222222"
DETAILS = "global/iam/get-account-authorization-details.json"
LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


def trust(principal: Any) -> dict[str, Any]:
    """A trust policy that lets one principal in."""
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}],
    }


def role(name: str, account: str = A, **more: Any) -> dict[str, Any]:
    """A role as AWS prints it; its own account's principals may enter."""
    return {
        "Path": "/",
        "RoleName": name,
        "RoleId": f"AROA{account[:4]}{name.upper():0<12}",
        "Arn": f"arn:aws:iam::{account}:role/{name}",
        "CreateDate": "2025-01-01T00:00:00+00:00",
        "AssumeRolePolicyDocument": trust({"AWS": f"arn:aws:iam::{account}:root"}),
        "InstanceProfileList": [],
        "RolePolicyList": [],
        "AttachedManagedPolicies": [],
        **more,
    }


def details(*roles: Mapping[str, Any], **lists: Any) -> dict[str, Any]:
    """The authorization details of an account with these roles."""
    empty: dict[str, Any] = {key: [] for key in LISTS}
    return {**empty, "RoleDetailList": list(roles), **lists}


def saved(path: Path, content: Any) -> Path:
    """Write an answer, or bytes or text as they are; gives the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def copied(folder: Path) -> Path:
    """A copy of the organization that may be changed."""
    return Path(shutil.copytree(ORGANIZATION, folder))


def encoded(value: Any, how: str) -> Any:
    """An answer with every policy document written in another encoding."""
    if isinstance(value, list):
        return [encoded(one, how) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _document(inner, how) if _is_document(key, inner) else encoded(inner, how)
        for key, inner in value.items()
    }


def _is_document(key: str, value: Any) -> bool:
    return key.endswith("Document") and isinstance(value, dict)


def _document(value: dict[str, Any], how: str) -> Any:
    text = json.dumps(value)
    match how:
        case "text":
            return text
        case "url":
            return quote(text, safe="")
        case "url twice":
            return quote(quote(text, safe=""), safe="")
    return value

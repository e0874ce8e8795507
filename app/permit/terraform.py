"""Terraform that makes the role with its policies; formatted as `terraform fmt` has it.

Source:
    https://developer.hashicorp.com/terraform/language/syntax/configuration
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from app.permit import HINTS, Reader
from app.runbooks.terraform import string

FORMAT = "terraform"
_REST = """
resource "aws_iam_role" "reader" {
  name               = var.role_name
  path               = var.role_path
  description        = "rolepath reads this account through it."
  assume_role_policy = jsonencode(local.trust)
}

resource "aws_iam_policy" "reader" {
  for_each    = local.policies
  name        = "${var.role_name}-${each.key}"
  path        = var.role_path
  description = "What rolepath reads, part ${each.key} of ${length(local.policies)}."
  policy      = jsonencode(each.value)
}

resource "aws_iam_role_policy_attachment" "reader" {
  for_each   = aws_iam_policy.reader
  role       = aws_iam_role.reader.name
  policy_arn = each.value.arn
}

output "role_arn" {
  description = "The role to enter this account through."
  value       = aws_iam_role.reader.arn
}
"""


def write(reader: Reader) -> str:
    """Variables, the documents, and the role with its policies."""
    return "\n".join(_lines(reader)) + "\n" + _REST


def _lines(reader: Reader) -> Iterator[str]:
    yield from (f"# {line}" for line in HINTS)
    yield from (
        "terraform {",
        "  required_providers {",
        "    aws = {",
        '      source = "hashicorp/aws"',
        "    }",
        "  }",
        "}",
    )
    yield from _variable(
        "principal",
        "ARN of the role or user that enters this one; arn:aws:iam::ID:root lets every principal "
        "in whom that account allows it.",
        reader.principal or None,
    )
    yield from _variable(
        "external_id", "What it wants to be entered with; empty for nothing.", reader.external_id
    )
    yield from _variable("role_name", "Name of the role.", reader.name)
    yield from _variable("role_path", "Path of the role and of its policies.", reader.path)
    yield ""
    yield "locals {"
    yield "  trust = {"
    yield '    Version = "2012-10-17"'
    yield "    Statement = [merge("
    yield "      {"
    yield '        Effect    = "Allow"'
    yield '        Action    = "sts:AssumeRole"'
    yield "        Principal = { AWS = var.principal }"
    yield "      },"
    yield '      var.external_id == "" ? {} : {'
    yield '        Condition = { StringEquals = { "sts:ExternalId" = var.external_id } }'
    yield "      },"
    yield "    )]"
    yield "  }"
    documents = {str(number): one for number, one in enumerate(reader.policies, 1)}
    yield f"  policies = {_value(documents, 2)}"
    yield "}"


def _variable(name: str, about: str, default: str | None) -> Iterator[str]:
    yield ""
    yield f'variable "{name}" {{'
    yield "  type        = string"
    yield f"  description = {string(about)}"
    if default is not None:
        yield f"  default     = {string(default)}"
    yield "}"


def _value(value: Any, indent: int) -> str:
    """A value of a policy document as an expression."""
    before, end = " " * (indent + 2), " " * indent
    if isinstance(value, Mapping):
        inner = "".join(f"{before}{line}\n" for line in _pairs(value, indent + 2))
        return f"{{\n{inner}{end}}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        inner = "".join(f"{before}{_value(one, indent + 2)},\n" for one in value)
        return f"[\n{inner}{end}]"
    return string(value)


def _pairs(value: Mapping[str, Any], indent: int) -> Iterator[str]:
    """Equals signs of values that take one line stand below each other."""
    found = [
        (key if key.isidentifier() else string(key), _value(one, indent))
        for key, one in value.items()
    ]
    for is_long, pairs in groupby(found, lambda pair: "\n" in pair[1]):
        several = list(pairs)
        width = 0 if is_long else max(len(key) for key, _ in several)
        yield from (f"{key:<{width}} = {text}" for key, text in several)

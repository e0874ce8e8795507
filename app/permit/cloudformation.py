"""A template that makes the role: for one account as a stack, for an organization as a stack set.

Source:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html
"""

from typing import Any

import yaml

from app.permit import HINTS, Reader

FORMAT = "cloudformation"


def write(reader: Reader) -> str:
    """The template, as YAML without short forms, so that any parser reads it."""
    lines = "".join(f"# {line}\n" for line in HINTS)
    return lines + yaml.safe_dump(template(reader), sort_keys=False, width=100)


def template(reader: Reader) -> dict[str, Any]:
    """The template."""
    policies = {
        f"Policy{number}": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "ManagedPolicyName": {"Fn::Sub": f"${{RoleName}}-{number}"},
                "Path": {"Ref": "RolePath"},
                "Description": f"What rolepath reads, part {number} of {len(reader.policies)}.",
                "PolicyDocument": document,
                "Roles": [{"Ref": "Role"}],
            },
        }
        for number, document in enumerate(reader.policies, 1)
    }
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": {"Ref": "RoleName"},
            "Path": {"Ref": "RolePath"},
            "Description": "rolepath reads this account through it.",
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": {"Ref": "Principal"}},
                        "Action": "sts:AssumeRole",
                        "Condition": {
                            "Fn::If": [
                                "HasExternalId",
                                {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}},
                                {"Ref": "AWS::NoValue"},
                            ]
                        },
                    }
                ],
            },
        },
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": " ".join(HINTS),
        "Parameters": _parameters(reader),
        "Conditions": {"HasExternalId": {"Fn::Not": [{"Fn::Equals": [{"Ref": "ExternalId"}, ""]}]}},
        "Resources": {"Role": role, **policies},
        "Outputs": {
            "RoleArn": {
                "Description": "The role to enter this account through.",
                "Value": {"Fn::GetAtt": ["Role", "Arn"]},
            }
        },
    }


def _parameters(reader: Reader) -> dict[str, Any]:
    principal = {
        "Type": "String",
        "Description": "ARN of the role or user that enters this one; arn:aws:iam::ID:root lets "
        "every principal in whom that account allows it.",
        "AllowedPattern": "arn:aws[a-z-]*:iam::[0-9]{12}:(root|(role|user)/.+)",
    }
    if reader.principal:
        principal["Default"] = reader.principal
    return {
        "Principal": principal,
        "ExternalId": {
            "Type": "String",
            "Description": "What the role wants to be entered with; empty for nothing.",
            "Default": reader.external_id,
            "AllowedPattern": r"([\w+=,.@:/-]{2,1224})?",
        },
        "RoleName": {"Type": "String", "Default": reader.name, "AllowedPattern": r"[\w+=,.@-]+"},
        "RolePath": {"Type": "String", "Default": reader.path, "AllowedPattern": "/(.+/)?"},
    }

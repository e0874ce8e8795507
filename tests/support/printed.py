"""A printed command line of the AWS CLI is run as it is printed, or not at all.

The CLI makes its commands and options from botocore's model of a service; here the same model says
which operation a line calls and with what. Nothing is guessed: an unknown option, a value of
another shape, or a placeholder is an error.
"""

import json
import shlex
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore.session
import jmespath
from botocore import xform_name
from botocore.validate import validate_parameters


@dataclass(frozen=True)
class Call:
    """One call of AWS's API: the client's name of its service, and the operation's own name.

    ``query`` is what of the answer the CLI prints.
    """

    service: str
    operation: str
    parameters: dict[str, Any]
    query: str = ""

    @property
    def action(self) -> str:
        """The action that a policy must allow; of IAM it has the operation's own name."""
        return f"{self.service}:{self.operation}"

    def run(self, client: Any) -> Any:
        """Make the call through a boto3 client of the service."""
        assert client.meta.service_model.service_name == self.service
        answer = getattr(client, xform_name(self.operation))(**self.parameters)
        return jmespath.search(self.query, answer) if self.query else answer


@cache
def model(service: str) -> Any:
    """Botocore's model of a service."""
    return botocore.session.get_session().get_service_model(service)


def read(line: str) -> Call:
    """The call that a command line makes.

    Example:
        >>> read("aws iam delete-role --role-name=-x")
        Call(service='iam', operation='DeleteRole', parameters={'RoleName': '-x'}, query='')
    """
    program, service, command, *words = shlex.split(line)
    assert program == "aws", line
    operations = {xform_name(name, "-"): name for name in model(service).operation_names}
    operation = operations[command]
    shape = model(service).operation_model(operation).input_shape
    options = {f"--{xform_name(name, '-')}": name for name in shape.members}
    found: dict[str, Any] = {}
    query = ""
    while words:
        word = words.pop(0)
        option, equals, value = word.partition("=")
        value = value if equals else words.pop(0)
        if option == "--query":
            query = value
            continue
        if option == "--cli-input-json":
            given = json.loads(value)
            assert not given.keys() & found.keys(), line
            found |= given
            continue
        name = options[option]
        assert name not in found, line
        kind = shape.members[name].type_name
        # The CLI reads a file where a value names one, and an option where it begins with a dash.
        assert not value.startswith(("file://", "fileb://")), line
        assert equals or not value.startswith("-"), line
        found[name] = value if kind == "string" else json.loads(value)
    validate_parameters(found, shape)
    return Call(service, operation, found, query)

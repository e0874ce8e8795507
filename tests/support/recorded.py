"""Answers of AWS that were written down: botocore's own model says whether they have its shape.

No test server answers these calls. Each answer stands with the page that shows it, and is refused
here when it holds a member that the model does not know, or one of another type.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.validate import ParamValidator


@cache
def model(service: str) -> Any:
    """botocore's model of a service."""
    return botocore.session.get_session().get_service_model(service)


def operation_model(operation: str) -> Any:
    """botocore's model of ``service/operation``."""
    service, _, name = operation.partition("/")
    names = {xform_name(one, "-"): one for one in model(service).operation_names}
    return model(service).operation_model(names[name])


def checked(operation: str, response: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer, once the model agrees that the operation could give it.

    Raises:
        AssertionError: It could not.
    """
    report = ParamValidator().validate(dict(response), operation_model(operation).output_shape)
    assert not report.has_errors(), f"{operation}: {report.generate_report()}"
    return response


def answer(folder: Path, where: str, operation: str, response: Mapping[str, Any]) -> None:
    """Save the one answer of an operation; ``where`` is ``<account>/<region>``."""
    path = folder / where / f"{operation}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(checked(operation, response)))


def answers(
    folder: Path,
    where: str,
    operation: str,
    lines: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]],
) -> None:
    """Save many answers of an operation, each with what was asked."""
    path = folder / where / f"{operation}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    held = [
        json.dumps({"request": request, "response": checked(operation, response)})
        for request, response in lines
    ]
    path.write_text("".join(line + "\n" for line in held))

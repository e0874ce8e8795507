"""What Terraform has to be told when the plan is carried out outside of it: forget, or import.

Addresses are guesses made of names, for only the configuration knows them; ``terraform state list``
prints the real ones.
"""

import json
import re
from collections.abc import Iterator

from app.runbooks import Json, heading
from app.terminal import clean

FORMAT = "terraform"
TITLE = "Hints for Terraform"
FILE = "runbook.tf"
MIME = "text/plain"


def write(answer: Json) -> str:
    """``removed`` blocks for the deletion, and ``import`` blocks for its undo as comments."""
    return "\n".join(_lines(answer)).rstrip() + "\n"


def _lines(answer: Json) -> Iterator[str]:
    for sentence in heading(answer):
        yield f"# {clean(sentence)}"
    yield "#"
    yield "# Needs Terraform 1.7 or newer. The addresses are guesses, `terraform state list` has"
    yield "# yours. With destroy = false Terraform forgets what the runbook deletes; with destroy ="
    yield "# true it deletes it itself, without any check. Take the resource blocks out as well."
    for one in answer["hard"]:
        if one["kind"] == "instance_profile":
            yield f"# The instance profile {clean(one['id'])} stays, without its role:"
            yield "# take `role` out of its resource block, and put it back after an undo."
    yield ""
    addresses = _addresses(answer)
    for address, _ in addresses:
        yield "removed {"
        yield f"  from = {address}"
        yield "  lifecycle {"
        yield "    destroy = false"
        yield "  }"
        yield "}"
        yield ""
    yield "# After an undo: put the resource blocks back, take the blocks above out, and import"
    yield "# what was made again."
    for address, id in reversed(addresses):
        yield "# import {"
        yield f"#   to = {address}"
        yield f"#   id = {string(id)}"
        yield "# }"


def _addresses(answer: Json) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    taken: set[str] = set()
    for one in answer["runbook"]["addresses"]:
        label = re.sub(r"[^A-Za-z0-9_]+", "_", one["id"].rpartition("/")[2]).strip("_") or "this"
        label = label if label[0].isalpha() else f"_{label}"
        address, count = f"{one['type']}.{label}", 1
        while address in taken:
            count += 1
            address = f"{one['type']}.{label}_{count}"
        taken.add(address)
        found.append((address, one["id"]))
    return found


def string(text: str) -> str:
    r"""A string of HCL that is no template.

    Example:
        >>> string('a"${b}')
        '"a\\"$${b}"'
    """
    return json.dumps(text).replace("${", "$${").replace("%{", "%%{")

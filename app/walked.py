"""Kinds are found by walking their folder: a new one is one new file, and no list is edited."""

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from types import ModuleType


def names(path: Sequence[str], package: str) -> dict[str, str]:
    """Names of the kinds of a folder as they are typed, and the module of each.

    Args:
        path: ``__path__`` of the folder's package.
        package: ``__name__`` of it.
    """
    return {
        info.name.replace("_", "-"): f"{package}.{info.name}"
        for info in pkgutil.iter_modules(path)
        if not info.ispkg
    }


def formats(path: Sequence[str], package: str) -> Mapping[str, ModuleType]:
    """The modules of a folder by their ``FORMAT``, the word that names each to a user."""
    found = map(importlib.import_module, names(path, package).values())
    return {module.FORMAT: module for module in found}

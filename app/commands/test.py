"""`rolepath test` runs access unit tests and fails when one of them does."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app import options
from app.options import Source
from app.terminal import Out, clean

if TYPE_CHECKING:
    from app.answers import Answers
    from app.cases import CaseResult, TestReport

SECTION = "check"


@click.command("test")
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, readable=False, path_type=Path),
)
@options.source()
@options.output("table", "json", "csv", "junit", strict=False)
def command(files: tuple[Path, ...], source: Source, out: Out) -> None:
    """Run access unit tests: cases in YAML or JSON that state who may become whom.

    A case without a snapshot of its own (`given`) is asked of --snapshot or of the store.
    Closes with `N passed, N failed` and exits 1 when a case failed or could not be run.
    """
    from app import cases

    opened: list[Answers] = []

    def otherwise() -> "Answers":
        if not opened:
            opened.append(source.open(out))
        return opened[0]

    try:
        report = cases.run(files, otherwise=otherwise)
    finally:
        for answers in opened:
            answers.close()
    if out.format == "junit":
        out.write(_junit(report))
    else:
        out.answer(report.to_json(), text=lambda: _text(report), rows=lambda: _rows(report))
    if out.format != "table" or out.output is not None:
        out.say(report.closing)
    if not report.good:
        click.get_current_context().exit(1)


def _text(report: "TestReport") -> list[str]:
    lines: list[str] = []
    for case in report.cases:
        if case.status == "passed":
            if case.message:
                lines.append(f"passed  {clean(case.name)}: {clean(case.message)}")
            continue
        lines.append(f"{case.status:6}  {clean(case.file)}: {clean(case.name)}")
        lines.append(f"        {clean(case.message)}")
    return [*lines, report.closing]


def _rows(report: "TestReport") -> tuple[list[str], list[dict[str, Any]]]:
    columns = ["file", "name", "status", "message"]
    return columns, [
        {"file": c.file, "name": c.name, "status": c.status, "message": c.message}
        for c in report.cases
    ]


def _junit(report: "TestReport") -> bytes:
    """JUnit XML: a suite for each file, in the order in which they ran."""
    from xml.etree import ElementTree as Xml

    suites: dict[str, list[CaseResult]] = {}
    for case in report.cases:
        suites.setdefault(case.file, []).append(case)
    root = Xml.Element(
        "testsuites",
        name="rolepath",
        tests=str(len(report.cases)),
        failures=str(report.count("failed")),
        errors=str(report.count("error")),
    )
    for file, found in suites.items():
        suite = Xml.SubElement(
            root,
            "testsuite",
            name=clean(file),
            tests=str(len(found)),
            failures=str(sum(case.status == "failed" for case in found)),
            errors=str(sum(case.status == "error" for case in found)),
            time=f"{sum(case.seconds for case in found):.3f}",
        )
        for case in found:
            element = Xml.SubElement(
                suite,
                "testcase",
                name=clean(case.name),
                classname=clean(file),
                time=f"{case.seconds:.3f}",
            )
            if case.status != "passed":
                tag = "failure" if case.status == "failed" else "error"
                message = clean(case.message)
                Xml.SubElement(element, tag, message=message).text = message
    Xml.indent(root)
    return bytes(Xml.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"

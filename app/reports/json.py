"""A report as JSON: the values behind the text, for machines."""

from app import version
from app.reports import Facts
from app.terminal import json_text

KINDS: frozenset[str] | None = None


def render(facts: Facts) -> str:
    """The documented shape; rows keep lists and objects as the answers have them."""
    return (
        json_text(
            {
                "report": facts.kind,
                "title": facts.title,
                "verdict": facts.verdict,
                "summary": list(facts.summary),
                "data": facts.data,
                "snapshot": facts.snapshot,
                "taken_at": facts.taken_at,
                "tool": f"rolepath {version()}",
                "coverage": facts.coverage,
                "sections": [
                    {
                        "section": section.key,
                        "title": section.title,
                        "text": list(section.text),
                        "columns": [column.key for column in section.columns],
                        "rows": [
                            {column.key: row.get(column.key) for column in section.columns}
                            for row in section.rows
                        ],
                    }
                    for section in facts.sections
                ],
            }
        )
        + "\n"
    )

"""What the record keeps of shapes: decisions about edits, examples, rules made of edits, work done."""

from softwright.ledger.shapes.decisions import (
    ACCEPTED,
    CORRECTED,
    REJECTED,
    UNDECIDED,
    EditDecision,
    EditDecisions,
)
from softwright.ledger.shapes.examples import NEGATIVE, POSITIVE, ShapeExample, ShapeExamples
from softwright.ledger.shapes.files import FileShapes
from softwright.ledger.shapes.rules import ShapeRule, ShapeRules
from softwright.ledger.shapes.work import SiteWork, SiteWorks

__all__ = [
    "ACCEPTED",
    "CORRECTED",
    "NEGATIVE",
    "POSITIVE",
    "REJECTED",
    "UNDECIDED",
    "EditDecision",
    "EditDecisions",
    "FileShapes",
    "ShapeExample",
    "ShapeExamples",
    "ShapeRule",
    "ShapeRules",
    "SiteWork",
    "SiteWorks",
]

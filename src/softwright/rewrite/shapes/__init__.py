"""Shapes: every edit of any proposer generalised after the fact, and the edits of many files by their
shapes."""

from softwright.rewrite.shapes.cluster import LARGE, SAMPLES, Clustered, PlacedEdit, Shape, cluster, diverse
from softwright.rewrite.shapes.edits import METHOD, shape_edits
from softwright.rewrite.shapes.shaped import Form, Kind, ShapedEdit

__all__ = [
    "LARGE",
    "METHOD",
    "SAMPLES",
    "Clustered",
    "Form",
    "Kind",
    "PlacedEdit",
    "Shape",
    "ShapedEdit",
    "cluster",
    "diverse",
    "shape_edits",
]

"""The languages that are outlined."""

from softwright.facts.extract.python import SPEC as _PYTHON
from softwright.facts.extract.spec import Spec

SPECS: dict[str, Spec] = {spec.name: spec for spec in (_PYTHON,)}
"""By the name that `core.language_of` gives."""

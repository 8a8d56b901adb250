"""The languages that are outlined."""

from softwright.facts.extract.go import SPEC as _GO
from softwright.facts.extract.java import SPEC as _JAVA
from softwright.facts.extract.javascript import JAVASCRIPT, TSX, TYPESCRIPT
from softwright.facts.extract.python import SPEC as _PYTHON
from softwright.facts.extract.rust import SPEC as _RUST
from softwright.facts.extract.spec import Spec

SPECS: dict[str, Spec] = {
    spec.name: spec for spec in (_PYTHON, JAVASCRIPT, TYPESCRIPT, TSX, _GO, _JAVA, _RUST)
}
"""By the name that `core.language_of` gives."""

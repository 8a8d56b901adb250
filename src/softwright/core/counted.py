"""Numbers with their nouns, as people read them."""


def counted(number: int, noun: str) -> str:
    """`1 file`, `3 files`, `0 repositories`, `1,200 sites`; of several words the last one is bent."""
    return f"{number:,} {noun if number == 1 else _plural(noun)}"


def _plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"

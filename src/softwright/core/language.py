"""Programming languages by file name: one table for every room."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """A language: its `name` here (lower case, as ast-grep spells it) and the file endings that mean it."""

    name: str
    suffixes: tuple[str, ...]


LANGUAGES: dict[str, Language] = {
    language.name: language
    for language in (
        Language("python", (".py", ".pyi", ".pyw")),
        Language("javascript", (".js", ".mjs", ".cjs", ".jsx")),
        Language("typescript", (".ts", ".mts", ".cts")),
        Language("tsx", (".tsx",)),
        Language("go", (".go",)),
        Language("java", (".java",)),
        Language("rust", (".rs",)),
    )
}

_BY_SUFFIX = {suffix: language.name for language in LANGUAGES.values() for suffix in language.suffixes}


def language_of(path: str) -> str:
    """Name of the language of a file by its ending, or "" when it is none of `LANGUAGES`."""
    name = path[path.rfind("/") + 1 :]
    dot = name.rfind(".")
    # A leading dot hides a file, it begins no ending.
    return _BY_SUFFIX.get(name[dot:].lower(), "") if dot > 0 else ""

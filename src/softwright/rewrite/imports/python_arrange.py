"""A block of imports written in a style: merged, ordered, wrapped as isort and ruff's `I001` do it.

Follows ruff's `isort` rules (crates/ruff_linter/src/rules/isort) for where comments stay, what is merged
and what is wrapped.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from softwright.rewrite.imports.python_block import Member, Statement
from softwright.rewrite.imports.python_order import Style, is_ordered

_PRAGMA = re.compile(r"#\s*(noqa|type:|pyright:|pylint:|flake8:|ruff:|isort:|nosec)", re.IGNORECASE)


def arranged(statements: Sequence[Statement], style: Style, indent: str) -> str:
    """The lines of a block in a style, without the last line ending."""
    return "\n".join(_lines(statements, style, indent))


def is_arranged(statements: Sequence[Statement], style: Style, indent: str, text: str) -> bool:
    """True when the block reads so in a style: as if compared with `arranged`, and soon done."""
    at = 0
    for line in _lines(statements, style, indent):
        if not text.startswith(line, at):
            return False
        at += len(line) + 1
        if at <= len(text) and text[at - 1] != "\n":
            return False
    return at == len(text) + 1


def _lines(statements: Sequence[Statement], style: Style, indent: str) -> Iterator[str]:
    """The statements in order, each with its comments; one that is wrapped comes as a whole."""
    merged = _kept(statements, style, indent) if style.is_kept else _merged(statements, style)
    ordered = sorted(merged, key=lambda one: (style.section(one.name), _key(one, style)))
    for at, one in enumerate(ordered):
        is_new = at and style.gap and style.section(one.name) != style.section(ordered[at - 1].name)
        if is_new or (at and one.atop and not style.is_kept):
            yield ""
        yield from (indent + comment for comment in one.atop)
        yield indent + (one.source if style.is_kept else _written(one, style, indent))


def _key(one: Statement, style: Style) -> tuple[object, ...]:
    first = one.members[0]
    if not one.module:
        return style.module_key(first.name, None, first.alias, is_from=False)
    return style.module_key(one.module, (first.name, first.alias), is_from=True)


def sorted_members(members: Sequence[Member], style: Style) -> tuple[Member, ...]:
    """The names of a list in order, each once; comments of a name that stood twice are joined."""
    found: dict[tuple[str, str], Member] = {}
    for member in members:
        key = (member.name, member.alias)
        same = found.get(key)
        if same is not None:
            member = replace(
                same,
                atop=(*same.atop, *member.atop),
                inline=(*same.inline, *member.inline),
                below=(*same.below, *member.below),
            )
        found[key] = member
    return tuple(sorted(found.values(), key=lambda m: style.member_key(m.name, m.alias)))


# -- merged and laid out anew -------------------------------------------------------------------------------


def _merged(statements: Sequence[Statement], style: Style) -> list[Statement]:
    """One statement for each module and kind, with all its names in order."""
    found: dict[tuple[str, ...], Statement] = {}
    for statement in statements:
        for at, part in enumerate(_parts(statement, style)):
            bare = part if at == 0 else replace(part, atop=(), inline=(), trailing=())
            key = _identity(part, style)
            same = found.get(key)
            found[key] = bare if same is None else _joined(same, bare)
    return [_with_members(one, sorted_members(one.members, style)) for one in found.values()]


def _with_members(one: Statement, members: tuple[Member, ...]) -> Statement:
    return one if members == one.members else replace(one, members=members)


def _parts(statement: Statement, style: Style) -> list[Statement]:
    """A statement cut into those that are never in one list."""
    members = statement.members
    if not statement.module or style.single_line:
        return [replace(statement, members=(member,)) for member in members]
    if style.combine_as or not any(member.alias for member in members):
        return [statement]
    plain = tuple(member for member in members if not member.alias)
    aliased = [(member,) for member in members if member.alias]
    first_aliased = bool(members[0].alias)
    lists = [plain] if plain else []
    lists = [*aliased[:1], *lists, *aliased[1:]] if first_aliased else [*lists, *aliased]
    return [replace(statement, members=some) for some in lists]


def _identity(part: Statement, style: Style) -> tuple[str, ...]:
    first = part.members[0]
    if not part.module:
        return ("", first.name, first.alias)
    if first.name == "*":
        return (part.module, "*")
    if style.single_line or (first.alias and not style.combine_as):
        return (part.module, first.name, first.alias)
    return (part.module,)


def _joined(one: Statement, other: Statement) -> Statement:
    return replace(
        one,
        members=(*one.members, *other.members),
        atop=(*one.atop, *other.atop),
        inline=(*one.inline, *other.inline),
        trailing=(*one.trailing, *other.trailing),
        has_comma=one.has_comma or other.has_comma,
    )


def _written(one: Statement, style: Style, indent: str) -> str:
    if not one.module:
        said = "".join(f"  {comment}" for comment in one.inline)
        return f"import {one.members[0].text}{said}"
    line = single_line(one)
    calm = not any(m.atop or m.below for m in one.members) and not any(m.inline for m in one.members[:-1])
    stays_wrapped = style.magic_comma and one.has_comma and not style.single_line
    if calm and not stays_wrapped and not (one.inline and one.trailing):
        comments = [*one.members[-1].inline, *one.inline, *one.trailing]
        counted = "".join(f"  {comment}" for comment in comments if not _PRAGMA.match(comment))
        fits = len(indent) + len(line) + len(counted) <= style.width
        if fits or one.members[0].name == "*":
            return line + "".join(f"  {comment}" for comment in comments)
    return hanging(one, indent)


def single_line(one: Statement) -> str:
    """The statement on one line, without comments."""
    return f"from {one.module} import {', '.join(member.text for member in one.members)}"


def hanging(one: Statement, indent: str) -> str:
    """The statement in parentheses, one name a line."""
    lines = [f"from {one.module} import (" + "".join(f"  {comment}" for comment in one.inline)]
    for member in one.members:
        lines += [f"{indent}    {comment}" for comment in member.atop]
        beside = "".join(f"  {comment}" for comment in member.inline)
        lines.append(f"{indent}    {member.text},{beside}")
        lines += [f"{indent}    {comment}" for comment in member.below]
    lines.append(f"{indent})" + "".join(f"  {comment}" for comment in one.trailing))
    return "\n".join(lines)


# -- each statement in its own layout ------------------------------------------------------------------------


def _kept(statements: Sequence[Statement], style: Style, indent: str) -> list[Statement]:
    """The statements with their lists in order; two of one module are joined."""
    found: dict[tuple[str, ...], Statement] = {}
    for statement in statements:
        key = (statement.module, *(member.text for member in statement.members if not statement.module))
        if statement.module and statement.members[0].name == "*":
            key = (statement.module, "*")
        if not style.combine_as and statement.module and any(m.alias for m in statement.members):
            key = (*key, *(member.text for member in statement.members))
        if not style.joins:
            key = (*key, str(len(found)))
        same = found.get(key)
        if same is None:
            found[key] = statement
        else:
            members = tuple(dict.fromkeys((*same.members, *statement.members)))
            joined = replace(same, atop=(*same.atop, *statement.atop))
            found[key] = joined if members == same.members else relaid(joined, members, style, indent)
    if not style.sorts_lists:
        return list(found.values())
    return [put_in_order(one, style, indent) for one in found.values()]


def put_in_order(one: Statement, style: Style, indent: str) -> Statement:
    """The statement with its list in order, each name once; in the layout that it has."""
    members = sorted_members(one.members, style)
    same = [m.text for m in members] == [m.text for m in one.members]
    return one if same or not one.module else relaid(one, members, style, indent)


def relaid(one: Statement, members: Sequence[Member], style: Style, indent: str) -> Statement:
    """The statement with other names: on a line while it fits, else in the way it is wrapped."""
    new = replace(one, members=tuple(members))
    source = one.source
    if "\n" not in source and not one.has_comments:
        line = single_line(new)
        if "(" in source:
            line = line.replace(" import ", " import (", 1) + ")"
        return replace(new, source=line if len(indent) + len(line) <= style.width else hanging(new, indent))
    if "\n" not in source:
        comments = [*one.inline, *one.members[-1].inline, *one.trailing]
        bare = tuple(replace(member, inline=()) for member in members)
        line = single_line(replace(new, members=bare))
        return replace(new, source=line + "".join(f"  {comment}" for comment in comments))
    return replace(new, source=_wrapped_alike(new, source, style, indent))


def _wrapped_alike(new: Statement, source: str, style: Style, outer: str) -> str:
    """Names wrapped as in `source`: one a line, or as many as fit."""
    lines = source.split("\n")
    one_each = all(line.count(",") <= 1 for line in lines[1:]) and lines[0].split("#")[0].rstrip().endswith(
        "("
    )
    margin = re.match(r"\s*", lines[1])
    indent = margin[0] if margin else "    "
    if one_each:
        closing = re.match(r"\s*", lines[-1])
        text = hanging(new, "")
        body = [re.sub(r"^ {4}", indent, line) for line in text.split("\n")]
        if not lines[-1].lstrip().startswith(")"):
            body = [*body[:-2], body[-2].rstrip(",") + ")"]
        elif closing is not None:
            body[-1] = closing[0] + body[-1]
            if not new.has_comma:
                body[-2] = re.sub(r",(?=\s*(#.*)?$)", "", body[-2], count=1)
        return "\n".join(body)
    if new.has_comments:
        return hanging(new, outer)
    return _filled(new, source, indent, style)


def _filled(new: Statement, source: str, indent: str, style: Style) -> str:
    """Names in parentheses or behind backslashes, as many a line as fit."""
    in_parentheses = "(" in source.split("\n")[0]
    opening = f"from {new.module} import "
    first = source.split("\n")[0].rstrip()
    is_hung = first.endswith("(")
    opening += "(" if in_parentheses else ""
    out, line = [], opening
    if is_hung:
        out, line = [opening], indent
    room = style.width - (0 if in_parentheses else 2)
    for at, member in enumerate(new.members):
        is_last = at + 1 == len(new.members)
        piece = member.text + ("" if is_last else ",")
        extra = 1 if is_last and in_parentheses and not is_hung else 0
        begun = line.strip() and line != opening
        if begun and len(line.rstrip()) + 1 + len(piece) + extra > room:
            out.append(line.rstrip() + ("" if in_parentheses else " \\"))
            line = indent
        line += piece + " "
    line = line.rstrip()
    closing = source.rstrip().split("\n")[-1].strip() if is_hung else ")"
    if not in_parentheses:
        return "\n".join([*out, line])
    if is_hung and closing == ")":
        return "\n".join([*out, line + ("," if new.has_comma else ""), ")"])
    return "\n".join([*out, line + ("," if new.has_comma else "") + ")"])


def lists_in_order(statements: Sequence[Statement], style: Style) -> bool:
    """True when every list is in the style's order."""
    return all(
        is_ordered([style.member_key(m.name, m.alias) for m in one.members])
        for one in statements
        if one.module
    )

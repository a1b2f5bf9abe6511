"""The mutants of a file: those of cosmic-ray's operators, and ours for rules that are data.

Cosmic-ray changes operators, numbers, branches and loops. A table of rules has none of these. What
can go wrong in one is a condition, an alternative, an attribute or a whole step left out, or a
comparison turned round; those are ours.
"""

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

# `|` stands in annotations only, where any other operator fails at import: too easily noticed.
_NOT_HERE: Final = ("core/ReplaceBinaryOperator_BitOr_", "core/Variable")
_RULES: Final = {"Operation", "Step", "Part", "Put", "Change", "any_of", "all_of"}
_TURNED: Final = {"AtMost": "MoreThan", "MoreThan": "AtMost"}


class Mutant(NamedTuple):
    """`change` says what was changed; lines may move without its being called otherwise."""

    change: str
    source: str


def mutants_of(source: str) -> Iterator[Mutant]:
    """Every mutant once, however many ways lead to it."""
    seen = {source}
    named: Counter[str] = Counter()
    for change, changed in (*_by_operators(source), *_by_omission(source)):
        if changed not in seen:
            seen.add(changed)
            named[change] += 1
            again = f" ({named[change]})" if named[change] > 1 else ""
            yield Mutant(change + again, changed)


def _by_operators(source: str) -> Iterator[Mutant]:
    for name in sorted(operator_names()):
        if name.startswith(_NOT_HERE):
            continue
        place = 0
        while (changed := mutate_code(source, get_operator(name)(), place)) is not None:
            change = _difference(source, changed)
            # Nothing writes to what is frozen: mypy sees to that, and a test can't.
            if not change.startswith("@dataclass(frozen=True)"):
                yield Mutant(change, changed)
            place += 1


def _difference(source: str, changed: str) -> str:
    """The first line that differs, before and after."""
    lines = zip(source.splitlines(), changed.splitlines(), strict=False)
    before, after = next((pair for pair in lines if pair[0] != pair[1]), ("", "(lines left out)"))
    return f"{before.strip()}  ->  {after.strip()}"


def _by_omission(source: str) -> Iterator[Mutant]:
    tree = ast.parse(source)
    for place, (owner, call) in enumerate(_rules(tree)):
        for what, changed in _changes(call):
            edited = copy.deepcopy(tree)
            _, twin = _rules(edited)[place]
            twin.__dict__.update(changed.__dict__)
            yield Mutant(f"{owner}: {what}", ast.unparse(edited))


def _rules(tree: ast.Module) -> list[tuple[str, ast.Call]]:
    """Every call that is part of a rule, with the name of the constant that it is in."""
    return [
        (constant.target.id, node)
        for constant in tree.body
        if isinstance(constant, ast.AnnAssign) and isinstance(constant.target, ast.Name)
        for node in ast.walk(constant)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in _RULES | _TURNED.keys()
    ]


def _changes(call: ast.Call) -> Iterator[tuple[str, ast.Call]]:
    """The same call with one thing less, or turned round."""
    name = ast.unparse(call.func)
    if name in _TURNED:
        yield (
            f"{_TURNED[name]} for {ast.unparse(call)}",
            ast.Call(ast.Name(_TURNED[name]), call.args, call.keywords),
        )
        return
    if name in ("any_of", "all_of"):
        for place, left_out in enumerate(call.args):
            rest = [arg for other, arg in enumerate(call.args) if other != place]
            yield f"without {ast.unparse(left_out)}", ast.Call(call.func, rest, [])
    if name == "Operation":
        for keyword in call.keywords:
            rest_of = [other for other in call.keywords if other is not keyword]
            yield f"without its {keyword.arg}", ast.Call(call.func, call.args, rest_of)
    yield from _shortened(call)


def _shortened(call: ast.Call) -> Iterator[tuple[str, ast.Call]]:
    """With one entry less in a tuple or a dict that is given to it."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    for place, value in enumerate(given):
        for what, shorter in _shorter(value):
            args = list(call.args)
            keywords = list(call.keywords)
            if place < len(args):
                args[place] = shorter
            else:
                old = keywords[place - len(args)]
                keywords[place - len(args)] = ast.keyword(old.arg, shorter)
            yield f"without {what}", ast.Call(call.func, args, keywords)


def _shorter(value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(value, ast.Tuple):
        for left_out in value.elts:
            rest = [other for other in value.elts if other is not left_out]
            yield ast.unparse(left_out).split(",")[0], ast.Tuple(rest, ast.Load())
    if isinstance(value, ast.Dict):
        for place, key in enumerate(value.keys):
            keys = [other for at, other in enumerate(value.keys) if at != place]
            values = [other for at, other in enumerate(value.values) if at != place]
            yield ast.unparse(key) if key else "**", ast.Dict(keys, values)

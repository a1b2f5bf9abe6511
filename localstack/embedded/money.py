"""Money is never a float: `python -m embedded.money` (in `make check`), exit code 1 if it is.

Reads the sources without running them. What is money is known by its name, which ends in `cents`
here and nowhere else; a name that says otherwise is what reviews are for.
"""

import ast
import re
import sys
from collections.abc import Iterator
from typing import Final, NamedTuple

from embedded.config import REPOSITORY

_FOLDERS: Final = ("functions", "infra", "localstack/embedded")
_MONEY: Final = re.compile(r"(^|_)cents$|[a-z]Cents$")
_INEXACT: Final = re.compile(r"\b(float|Decimal|Fraction|complex|Real)\b")
# Of a database or a number's own making, whatever it is called.
_INEXACT_COLUMNS: Final = {"Float", "Double", "REAL", "DOUBLE_PRECISION", "Numeric", "DECIMAL"}
_EXACT_CALLS: Final = {"sum", "min", "max", "abs", "int"}


class Fault(NamedTuple):
    path: str
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.why}"


def faults_of(source: str, path: str) -> list[Fault]:
    """Every place of a module where money is, or may become, something else than an integer."""
    return sorted({Fault(path, *found) for found in _search(ast.parse(source))})


def _search(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        yield from _types(node)
        yield from _arithmetic(node)
        yield from _values(node)


def _types(node: ast.AST) -> Iterator[tuple[int, str]]:
    match node:
        case ast.AnnAssign(target=target, annotation=annotation) if _is_money(target):
            yield from _annotated(annotation)
        case ast.arg(annotation=ast.expr() as annotation) if _MONEY.search(node.arg):
            yield from _annotated(annotation)
        case ast.FunctionDef(returns=ast.expr() as annotation) if _MONEY.search(node.name):
            yield from _annotated(annotation)


def _arithmetic(node: ast.AST) -> Iterator[tuple[int, str]]:
    match node:
        case ast.BinOp(op=ast.Div(), left=left, right=right) if _is_money(left) or _is_money(right):
            yield node.lineno, "money is divided by `/`; use `divmod` or `//`"
        case ast.AugAssign(op=ast.Div(), target=target) if _is_money(target):
            yield node.lineno, "money is divided by `/`; use `divmod` or `//`"
        case ast.BinOp() if _is_money(node) and any(map(_is_float, (node.left, node.right))):
            yield node.lineno, "money meets a float"
        case ast.Call(func=func, args=args):
            yield from _called(node.lineno, _name(func), args)


def _values(node: ast.AST) -> Iterator[tuple[int, str]]:
    match node:
        case ast.Assign(targets=[target], value=value) if _is_money(target) and _is_float(value):
            yield node.lineno, "money is a float"
        case ast.keyword(arg=str() as name, value=value) if _MONEY.search(name) and _is_float(
            value
        ):
            yield value.lineno, "money is a float"


def _annotated(annotation: ast.expr) -> Iterator[tuple[int, str]]:
    if _INEXACT.search(ast.unparse(annotation)):
        yield annotation.lineno, f"money is annotated as `{ast.unparse(annotation)}`"


def _called(line: int, name: str, args: list[ast.expr]) -> Iterator[tuple[int, str]]:
    if name in _INEXACT_COLUMNS:
        yield line, f"a column is `{name}`; money is a BigInteger, and nothing else needs it"
    elif (_INEXACT.fullmatch(name) or name == "round") and any(map(_is_money, args)):
        yield line, f"money goes through `{name}()`"


def _is_money(node: ast.AST) -> bool:
    """Whether an expression is money by its name, or by what it is made of."""
    match node:
        case ast.Name() | ast.Attribute():
            return bool(_MONEY.search(_name(node)))
        case ast.Subscript(slice=ast.Constant(value=str() as key)):
            return bool(_MONEY.search(key))
        case ast.Call(func=func, args=args):
            exact = _name(func) in _EXACT_CALLS and any(map(_is_money, args))
            return exact or bool(_MONEY.search(_name(func)))
        case ast.BinOp(left=left, right=right):
            return _is_money(left) or _is_money(right)
        case ast.UnaryOp(operand=operand):
            return _is_money(operand)
        case ast.GeneratorExp(elt=element):
            return _is_money(element)
    return False


def _is_float(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=float()):
            return True
        case ast.Call(func=ast.Name(id="float")) | ast.BinOp(op=ast.Div()):
            return True
        case ast.UnaryOp(operand=operand):
            return _is_float(operand)
    return False


def _name(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def main() -> None:
    found = [
        fault
        for folder in _FOLDERS
        for path in sorted((REPOSITORY / folder).rglob("*.py"))
        # A test may well say what must be refused.
        if "tests" not in path.parts
        for fault in faults_of(path.read_text("utf-8"), path.relative_to(REPOSITORY).as_posix())
    ]
    for fault in found:
        print(fault)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()

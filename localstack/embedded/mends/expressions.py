"""The mend of how often an expression is read."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from embedded.mends.expiry import dynamodb

_KEPT: Final = 4_096

Token = tuple[str, str]
Item = dict[str, Any]


def read_each_expression_once() -> None:
    """Upstream splits an expression into tokens and checks its grammar again for every item.

    A query of 2,000 claims does so 2,000 times. What is told of an expression goes by its text
    (and the names it uses), so it is kept.
    """
    kept = lru_cache(_KEPT)
    tokens_of = kept(_tuple_of(dynamodb._tokenize))
    dynamodb._tokenize = lambda expression: list(tokens_of(expression))
    dynamodb._condition_syntax_error = kept(dynamodb._condition_syntax_error)
    dynamodb._check_redundant_parens = _by_tokens(dynamodb._check_redundant_parens)
    dynamodb._check_reserved_keyword_usage = _by_tokens(dynamodb._check_reserved_keyword_usage)
    dynamodb._project_item = _projection(dynamodb._project_item)


def _tuple_of(read: Callable[[str], list[Token]]) -> Callable[[str], tuple[Token, ...]]:
    """A list might be changed by one who is given it, and others would get it changed."""
    return lambda expression: tuple(read(expression))


def _by_tokens(check: Callable[..., str | None]) -> Callable[..., str | None]:
    kept = lru_cache(_KEPT)(check)
    return lambda tokens, *slot: kept(tuple(tokens), *slot)


def _projection(project: Callable[..., Item]) -> Callable[..., Item]:
    """Whole attributes are picked here; parts of them, and every fault, are upstream's."""

    @lru_cache(_KEPT)
    def whole_attributes(expression: str, names: frozenset[tuple[str, str]]) -> tuple[str, ...]:
        spelled = dict(names)
        # Upstream checks the expression: it is not kept unless nothing is wrong with it.
        project({}, expression, spelled)
        paths = [path.strip() for path in expression.split(",")]
        if any("." in path or "[" in path for path in paths):
            return ()
        return tuple(spelled[path] if path.startswith("#") else path for path in paths)

    def project_item(item: Item, expression: str, names: Mapping[str, str] | None) -> Item:
        chosen = whole_attributes(expression, frozenset((names or {}).items()))
        if not chosen:
            return project(item, expression, names)
        return {name: item[name] for name in chosen if name in item}

    return project_item

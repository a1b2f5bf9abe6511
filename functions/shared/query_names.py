"""Which parameters a query may have: the ones its route reads, each once, in one spelling."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from aws_lambda_powertools.event_handler.api_gateway import Route
from pydantic import BaseModel

from functions.shared.json_bodies import UNSTORABLE
from functions.shared.problems import ValidationFailed

_OF_A_PAGE: Final = frozenset({"limit", "cursor"})


def refuse_other_parameters(route: Route, sent: Mapping[str, list[str]]) -> None:
    """Raises ValidationFailed for a parameter that the route does not read, or that comes twice.

    A misspelt filter would otherwise list everything, and of two values one would be lost.
    """
    spellings = _spellings(route)
    errors: list[dict[str, str]] = []
    seen: set[str] = set()
    for name, values in sent.items():
        known = spellings.get(name)
        if known is None:
            errors.append({"pointer": _pointer(name), "detail": "This is no parameter of ours."})
        elif len(values) > 1 or known in seen:
            errors.append({"pointer": _pointer(name), "detail": "Send this once."})
        elif UNSTORABLE.search(values[0]):
            errors.append({"pointer": _pointer(name), "detail": "This has a NUL, or is no text."})
        seen.add(known or name)
    if errors:
        raise ValidationFailed("The query is not valid; `errors` says where.", errors=errors)


def filters_of(route: Route, sent: Mapping[str, list[str]]) -> dict[str, str]:
    """What a query asks of a list, but for which page of it; each parameter in one spelling."""
    spellings = _spellings(route)
    return {
        spellings[name]: values[0]
        for name, values in sent.items()
        if spellings[name] not in _OF_A_PAGE
    }


@cache
def _spellings(route: Route) -> dict[str, str]:
    """Every spelling that is read, and the parameter that it spells."""
    read: dict[str, str] = {}
    for field in route.dependant.query_params:
        model: Any = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            for name, each in model.model_fields.items():
                read |= {name: name, each.alias or name: name}
        else:
            read[field.alias] = field.alias
    return read


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")

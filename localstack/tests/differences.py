"""What the suite asks of a deployment and LocalStack does not do, each with its reason.

`BOXOFFICE_ON=localstack` leaves these out; localstack/README.md has them in its table.
"""

import os
from collections.abc import Iterable, Mapping
from typing import Final

import pytest

ON: Final = "BOXOFFICE_ON"
# A test's id, or the beginning of it, from this folder on.
ON_LOCALSTACK: Final[Mapping[str, str]] = {
    "blackbox/test_bodies.py::test_another_media_type_is_a_415[multipart": (
        "LocalStack reads a form before the API is asked, and answers one that is none by itself"
    ),
    "blackbox/test_ids.py::test_a_hostile_text_is_no_integer_id[SQL that waits]": (
        "LocalStack cuts a path at its semicolon"
    ),
    **{
        f"blackbox/test_ids.py::test_a_path_with_no_id_in_it_leads_nowhere[{name}]": (
            "LocalStack gives a function the path as it was sent, MiniStack decoded"
        )
        for name in (
            "a way out, encoded",
            "a back slash",
            "a NUL",
            "a NUL behind a number",
            "a line's end",
            "no UTF-8",
            "a key's separator",
            "emoji",
        )
    },
    **{
        f"blackbox/test_methods_and_cors.py::test_no_method_is_beyond_an_answer[{method}]": (
            "To API Gateway, ANY is seven methods; another is a path that is not there"
        )
        for method in ("TRACE", "PROPFIND", "PURGE", "LOCK")
    },
}


def leave_out(items: Iterable[pytest.Item]) -> None:
    """Skip what the deployment that is asked is known to do otherwise."""
    if os.environ.get(ON) != "localstack":
        return
    for item in items:
        place = item.nodeid.partition("localstack/tests/")[2]
        for beginning, reason in ON_LOCALSTACK.items():
            if place.startswith(beginning):
                item.add_marker(pytest.mark.skip(reason=f"on LocalStack: {reason}"))

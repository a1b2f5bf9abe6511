"""Whether a client has an answer already, by its entity tag (RFC 9110, 8.8.3 and 13.1.2)."""

import re
from typing import Final

_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')


def is_known(etag: str, if_none_match: str | None) -> bool:
    """Whether `If-None-Match` names the tag, in a list or by `*`; weak and strong are the same."""
    sent = (if_none_match or "").strip()
    return sent == "*" or etag.removeprefix("W/") in _TAG.findall(sent)

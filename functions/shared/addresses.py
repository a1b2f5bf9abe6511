"""Whose request it is, by network address: what somebody we trust saw, never what a client says."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from functions.shared.settings import Settings


class EdgeSettings(Settings):
    """`vouched_addresses`: how many addresses at the end of X-Forwarded-For were written there by
    proxies of ours, or by API Gateway behind one. None, and it is whom API Gateway itself saw.
    """

    vouched_addresses: int = Field(default=0, ge=0)


def client_address(event: Mapping[str, Any], vouched_addresses: int) -> str:
    """The client of a proxy event, as an IP address in its shortest form.

    Each proxy adds whom it saw at the right of X-Forwarded-For, so the first of those we trust is
    counted from there; anything further left the client may have written itself. A request that
    came around the proxies has too few, and is whoever API Gateway saw.
    """
    seen_by_gateway = str(event["requestContext"]["identity"]["sourceIp"])
    forwarded = _forwarded(event)
    if 0 < vouched_addresses <= len(forwarded):
        return _address(forwarded[-vouched_addresses]) or seen_by_gateway
    return _address(seen_by_gateway) or seen_by_gateway


def network_of(address: str) -> str:
    """What one subscriber has at once: the address itself, but of IPv6 the /64 it is in."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def _forwarded(event: Mapping[str, Any]) -> list[str]:
    several = event.get("multiValueHeaders") or {}
    # A header sent twice is one list, in the order of sending (RFC 9110, 5.3).
    lines = [
        line
        for name, values in several.items()
        if name.lower() == "x-forwarded-for"
        for line in values
    ]
    return [part.strip() for line in lines for part in line.split(",")]


def _address(text: str) -> str | None:
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return None
    # An IPv4 address is one client, however a dual-stack socket spells it.
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed)

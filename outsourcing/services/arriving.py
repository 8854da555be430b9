"""Whether everything the partner sent has arrived: an end waits for it (§6 "Boundary")."""

from __future__ import annotations

from outsourcing.links import Link
from psa.lanes import lanes
from psa.tenancy.errors import Refused


def count(link: Link) -> int:
    """How many events are still on their way to us."""
    lane = link.incoming
    return lane.last_seq - lane.applied_seq


def nothing(link: Link) -> None:
    """Raise Refused("items_still_arriving") while something is; both lanes stay locked until the transaction ends."""
    lanes.lock(link.outgoing, link.incoming)
    if waiting := count(link):
        raise Refused("items_still_arriving", count=waiting, partner=link.partner)

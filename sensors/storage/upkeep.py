"""What must be done from time to time, whichever server keeps the readings."""

from __future__ import annotations

from datetime import datetime

from sensors.models import StorageRun
from sensors.storage import rollups, timescale
from sensors.storage.partitions import Partition, is_partitioned, list_partitions

ROUNDS = 20


def bring_rollups_up_to_date() -> int:
    """Make anew what is stale, for about a minute at most; return how many spans it was."""
    make_anew = timescale.refresh_rollups if timescale.keeps_rollups() else rollups.roll_up
    total = 0
    for _ in range(ROUNDS):
        count = make_anew()
        total += count
        if not count:
            break
    return total


def list_parts() -> list[Partition]:
    """Return what the table of readings consists of, the oldest first: months of our own, or chunks."""
    return list_partitions() if is_partitioned() else timescale.list_chunks()


def note_run(*, job: str, count: int, at: datetime) -> None:
    """Keep when the job was last done, for those who look after the server."""
    StorageRun.objects.update_or_create(job=job, defaults={"count": count, "finished_at": at})

"""The embedded server's settings, fitted to the machine."""

from __future__ import annotations

import shutil
from pathlib import Path

from evergreen.warehouse import machine

MEGABYTE = 1024 * 1024


def fitted(memory: int, cores: int, disk_free: int, shared_memory: int) -> dict[str, str]:
    """Return the settings for a machine (all sizes in bytes), shared with Airflow and dbt.

    One or a few heavy queries run at a time, loads are large, and losing a committed row is never an
    option: fsync, full_page_writes and synchronous_commit keep their safe defaults.
    """
    megabytes = memory // MEGABYTE
    helpers = 0 if cores == 1 else min(4, max(1, cores // 2))
    settings = {
        "max_connections": "100",
        "shared_buffers": _size(megabytes // 4, 128, 8192),
        "effective_cache_size": _size(megabytes * 6 // 10, 256, 1_000_000),
        "work_mem": _size(megabytes // 128, 16, 256),
        "maintenance_work_mem": _size(megabytes // 16, 64, 2048),
        "temp_buffers": _size(megabytes // 512, 8, 64),
        # few, spread checkpoints; the log may not fill a small disk
        "checkpoint_timeout": "15min",
        "max_wal_size": _size(disk_free // MEGABYTE // 10, 512, 8192),
        "min_wal_size": "256MB",
        # these binaries have no lz4, and the slow compressor they have made the first reading of freshly
        # loaded rows (page images for the checksums) ten times as slow
        "wal_compression": "off",
        # no replica reads our log, so a table made and filled in one transaction (most dbt models) is
        # written once and synced at commit instead of being logged as well
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_worker_processes": str(max(8, cores)),
        "max_parallel_workers": str(cores if helpers else 0),
        "max_parallel_workers_per_gather": str(helpers),
        "max_parallel_maintenance_workers": str(helpers),
        "random_page_cost": "1.1",
        "jit": "off",
        # dbt gathers statistics of what it makes: to do so again a minute later, beside the next model,
        # took a twenty-fifth of a day's CPU seconds
        "autovacuum_naptime": "10min",
        # a publication re-points every view in one transaction
        "max_locks_per_transaction": "256",
    }
    if shared_memory < 1024 * MEGABYTE:  # containers get 64 MB of /dev/shm; parallel joins need more
        settings["dynamic_shared_memory_type"] = "sysv"
    return settings


def for_this_machine(folder: Path) -> dict[str, str]:
    """Return the settings for this machine, with the data in `folder`."""
    shared = Path("/dev/shm")  # noqa: S108 - asked for its size only
    return fitted(
        machine.memory_bytes(),
        machine.cores(),
        shutil.disk_usage(folder).free,
        shutil.disk_usage(shared).total if shared.is_dir() else 2**40,
    )


def modest(folder: Path) -> dict[str, str]:
    """Return settings that a small machine bears too, for a second try."""
    return fitted(512 * MEGABYTE, machine.cores(), shutil.disk_usage(folder).free, shared_memory=0)


def _size(megabytes: int, least: int, most: int) -> str:
    return f"{min(most, max(least, megabytes))}MB"

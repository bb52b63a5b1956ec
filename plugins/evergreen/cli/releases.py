"""Commands about releases."""

from __future__ import annotations

from evergreen.cli.access import existing_warehouse
from evergreen.cli.tables import aligned


def list_releases() -> None:
    """Print the releases, the newest first."""
    from evergreen.publishing.releases import releases

    with existing_warehouse() as warehouse:
        known = releases(warehouse)
    if not known:
        print("Nothing is published yet.")
        return
    rows = [
        (
            str(release.release_id),
            "live" if release.is_live else "kept" if release.state != "retired" else "gone",
            release.as_of_date,
            f"{release.published_at:%Y-%m-%d %H:%M:%S} UTC",
            "everything" if release.is_full else "what changed",
            ", ".join(release.active_sources),
        )
        for release in known
    ]
    print("\n".join(aligned(["release", "state", "as of", "published", "computed", "sources"], rows)))


def roll_back(release_id: int | None) -> None:
    """Let an earlier release be live again."""
    from evergreen.publishing.publish import rollback

    with existing_warehouse() as warehouse:
        release = rollback(warehouse, release_id)
    print(f"Release {release.release_id} as of {release.as_of_date} is live again.")
    print("The next run builds a new release on it; before that, mend what was wrong with the other one.")

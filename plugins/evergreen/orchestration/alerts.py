"""Who is told when a task has failed for good: by mail, by a webhook, both or nobody.

The notifiers are Airflow's: mail goes through its SMTP provider and the connection `smtp_default`. Nothing of
a row is in a message: what failed, when, what was said in one line, and where the runbook is.
"""

from __future__ import annotations

from typing import Any

from evergreen.settings import settings

RUNBOOK = "docs/runbook.md"
_SECONDS = 10

SUBJECT = "Evergreen: {{ ti.dag_id }}.{{ ti.task_id }} failed"
BODY = (
    "{{ ti.dag_id }}.{{ ti.task_id }} failed in run {{ run_id }}, try {{ ti.try_number }}.<br>"
    "{{ exception | string | e }}<br>What to do: " + RUNBOOK
)


def on_failure() -> list[Any]:
    """Return the notifiers that this home's settings ask for; imported only where asked for."""
    found: list[Any] = []
    if settings().alert_email:
        found.append(_mail(str(settings().alert_email)))
    if settings().alert_webhook:
        found.append(_webhook())
    return found


def _mail(to: str) -> Any:
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier

    addresses = [address.strip() for address in to.split(",")]
    return SmtpNotifier(to=addresses, subject=SUBJECT, html_content=BODY)


def _webhook() -> Any:
    from airflow.sdk.bases.notifier import BaseNotifier

    class WebhookNotifier(BaseNotifier):  # type: ignore[misc]
        """Posts a message as JSON; the address is read when it is used and is in no serialised DAG."""

        def notify(self, context: Any) -> None:
            """Post it; that nobody listens is logged, and fails nothing."""
            tell_webhook(message(context))

    return WebhookNotifier()


def message(context: Any) -> dict[str, str]:
    """Return what is to be said of a failed task, from Airflow's context of it."""
    task = context["ti"]
    said = str(context.get("exception") or "").splitlines()
    what = f"{task.dag_id}.{task.task_id}"
    return {
        "text": f"Evergreen: {what} failed: {said[0] if said else 'see its log'}",
        "dag": task.dag_id,
        "task": task.task_id,
        "run": str(context.get("run_id", "")),
        "runbook": RUNBOOK,
    }


def tell_webhook(content: dict[str, str]) -> None:
    """Post a message to the webhook of the settings, `text` first, as chat services expect it."""
    import logging

    import httpx

    address = settings().alert_webhook
    if address is None:
        return
    try:
        httpx.post(address.get_secret_value(), json=content, timeout=_SECONDS).raise_for_status()
    except httpx.HTTPError as error:
        # its message would name the address, which often holds a token
        logging.getLogger("evergreen").warning("alert webhook: %s", type(error).__name__)

"""A warehouse whose facts are orders, complaints and answers made up by a test, and the marts on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from marts.building import run_dbt
from marts.lifecycle.house import House

EVERYTHING_READ = ("+path:models/marts/satisfaction",)
EVERY_MART = ("path:models/marts/satisfaction",)
STEPS = tuple(f"path:models/intermediate/{folder}" for folder in ("retention", "value", "satisfaction"))
ITEM = {
    "dimension": "overall",
    "attribute": "overall",
    "item_role": "overall",
    "scale_min": 0,
    "scale_max": 100,
}


@dataclass
class Poll(House):
    """Questionnaires of one item, `I0`, about the whole, from 0 to 100."""

    orders: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    responses: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)

    def prepare(self) -> None:
        """Make all relations, empty; no source is active."""
        self._run(EVERYTHING_READ, date(2024, 1, 1))
        with self.warehouse.connect("transformer") as connection:
            connection.execute("create table input_layer.poll as table input_layer.survey_responses")
            connection.execute("alter table input_layer.survey_responses rename to responses_of_no_source")
            connection.execute("create view input_layer.survey_responses as table input_layer.poll")

    def order(self, customer: str, on: date, amount: int) -> None:
        """Let a customer order."""
        self.orders.append(
            {
                "order_id": f"o{len(self.orders)}",
                "source": "shop",
                "customer_id": customer,
                "order_number": 1,
                "gross_revenue": amount,
                "discount_amount": 0,
                "cost_of_goods": 0,
                "ordered_at": _noon(on),
                "ordered_on": on,
            }
        )
        self.lines.append(
            {
                "order_id": self.orders[-1]["order_id"],
                "line_key": "1",
                "source": "shop",
                "customer_id": customer,
                "purchase_kind": "repeat",
                "gross_revenue": amount,
                "discount_amount": 0,
                "cost_of_goods": 0,
                "ordered_at": _noon(on),
                "ordered_on": on,
            }
        )

    def complain(self, customer: str, on: date, *, settled_after: int | None) -> None:
        """Let a customer complain, and settle it after so many days."""
        settled = None if settled_after is None else _noon(on) + timedelta(days=settled_after)
        self.contacts.append(
            {
                "contact_id": f"c{len(self.contacts)}",
                "customer_id": customer,
                "kind": "complaint",
                "contacted_at": _noon(on),
                "contacted_on": on,
                "resolved_at": settled,
            }
        )

    def answer(
        self, instrument: str, customer: str | None, on: date, score: int | None, item: str = "I0"
    ) -> None:
        """Let somebody, or nobody known, answer; a score off the scale comes without `score_100`."""
        response = f"r{len(self.responses)}"
        self.responses.append(
            {
                "response_id": response,
                "source": "survey",
                "customer_id": customer,
                "respondent_role": "customer",
                "instrument": instrument,
                "rated_company": "own",
                "submitted_at": _noon(on),
            }
        )
        known = {key: value for key, value in ITEM.items() if not key.startswith("scale")}
        self.answers.append(
            {
                "response_id": response,
                "item_code": item,
                "customer_id": customer,
                "respondent_role": "customer",
                "instrument": instrument,
                "rated_company": "own",
                **(known if item == "I0" else dict.fromkeys(known)),
                "score": 777 if score is None else score,
                "score_100": score,
                "submitted_at": _noon(on),
                "submitted_on": on,
            }
        )

    def publish(self, as_of: date, marts: Sequence[str] = EVERY_MART, **variables: object) -> None:
        """Compute marts as of a day."""
        instruments = dict.fromkeys(answer["instrument"] for answer in self.answers)
        questions = [
            {"instrument": name, "item_code": "I0", "reversed": False, **ITEM} for name in instruments
        ]
        self._fill("core", "orders", self.orders)
        self._fill("core", "order_lines", self.lines)
        self._fill("core", "contacts", self.contacts)
        self._fill("core", "survey_questions", questions)
        self._fill("core", "survey_answers", self.answers)
        self._fill("input_layer", "poll", self.responses)
        select = (*marts, *(f"+{mart},{step}" for mart in marts for step in STEPS))
        self._run(select, as_of, **variables)

    def _run(self, select: tuple[str, ...], as_of: date, **variables: object) -> None:
        given = {"as_of_date": as_of.isoformat(), "active_sources": [], **variables}
        run_dbt(self.warehouse, self.target, select, given)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12)

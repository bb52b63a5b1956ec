"""The shop's tables, what is kept beside them, and the files of its surveys: names, types, keys."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A table with its columns (name -> SQL type) and its key."""

    name: str
    key: tuple[str, ...]
    columns: dict[str, str]


def _table(name: str, key: str, columns: str) -> Table:
    """Read a table from the words of its key and from `column type; column type; …`."""
    pairs = (column.split(maxsplit=1) for column in columns.replace("\n", " ").split(";") if column.strip())
    return Table(name, tuple(key.split()), {name: kind.strip() for name, kind in pairs})


_CHANGED = "; updated_at timestamptz not null"

SHOP = tuple(
    _table(name, key, columns + _CHANGED)
    for name, key, columns in (
        (
            "customers",
            "customer_id",
            """customer_id text; full_name text; email text; phone text; address text;
            registered_at timestamptz not null; customer_kind text not null; influences_customer_id text;
            segment text; industry text; region text; acquisition_channel text;
            referred_by_customer_id text; member_since date; is_target boolean not null;
            is_key_account boolean not null; account_manager_id text""",
        ),
        (
            "customer_costs",
            "cost_id",
            """cost_id bigint; customer_id text not null; incurred_on date not null; kind text not null;
            cost_amount numeric(12,2) not null""",
        ),
        (
            "products",
            "product_id",
            """product_id text; product_name text not null; category text; unit_cost numeric(12,2);
            launched_on date""",
        ),
        ("product_upgrades", "product_id upgrades_product_id", "product_id text; upgrades_product_id text"),
        (
            "orders",
            "order_id",
            """order_id bigint; customer_id text; ordered_at timestamptz not null; status text not null;
            sales_channel text not null; currency text not null; promised_delivery_at timestamptz;
            delivered_at timestamptz""",
        ),
        (
            "order_lines",
            "order_id line_key",
            """order_id bigint; line_key integer; product_id text not null; quantity integer not null;
            unit_price numeric(12,2) not null; line_amount numeric(12,2) not null;
            discount_amount numeric(12,2) not null""",
        ),
        (
            "refunds",
            "refund_id",
            """refund_id bigint; order_id bigint; customer_id text; refunded_at timestamptz not null;
            refund_amount numeric(12,2) not null; reason text""",
        ),
        (
            "contacts",
            "contact_id",
            """contact_id bigint; customer_id text not null; contacted_at timestamptz not null;
            direction text not null; kind text not null; channel text; touchpoint text; reason text;
            campaign_id text; first_response_at timestamptz; resolved_at timestamptz;
            effective_at timestamptz; outcome text""",
        ),
        (
            "campaigns",
            "campaign_id",
            """campaign_id text; campaign_name text not null; kind text not null; starts_on date not null;
            ends_on date not null; cost_amount numeric(12,2) not null""",
        ),
        (
            "campaign_members",
            "campaign_id customer_id",
            "campaign_id text; customer_id text; arm text not null",
        ),
        (
            "activity_costs",
            "cost_month activity",
            """cost_month date; activity text; activity_group text not null;
            cost_amount numeric(14,2) not null; driver text not null; is_value_adding boolean not null;
            is_fixed boolean not null""",
        ),
        (
            "marketing_costs",
            "cost_month channel",
            "cost_month date; channel text; cost_amount numeric(14,2) not null",
        ),
        (
            "market_sizes",
            "year category",
            """year integer; category text; market_sales numeric(16,2) not null;
            largest_competitor_sales numeric(16,2) not null""",
        ),
        (
            "employees",
            "employee_id",
            "employee_id text; employee_name text; role text not null; hired_on date",
        ),
        (
            "opportunities",
            "opportunity_id",
            """opportunity_id bigint; customer_id text not null; opened_at timestamptz not null;
            closed_at timestamptz; stage text not null; amount numeric(12,2)""",
        ),
        (
            "exchange_rates",
            "rate_date currency",
            "rate_date date; currency text; rate numeric(12,6) not null",
        ),
    )
)

RESPONSES = _table(
    "survey_responses",
    "response_id",
    """response_id bigint; customer_id text; respondent_role text not null; employee_id text;
    instrument text not null; rated_company text not null; invited_at timestamp; submitted_at timestamp;
    order_id bigint; contact_id bigint; updated_at timestamp not null""",
)
ANSWERS = _table(
    "survey_answers",
    "response_id item_code",
    """response_id bigint; item_code text; score integer; expectation_score integer; importance integer;
    need_score integer; answer_code text; answer_text text; updated_at timestamp not null""",
)
SURVEYS = (RESPONSES, ANSWERS)

TRUTH = (
    _table(
        "truth_customers",
        "customer_id",
        """customer_id text; order_rate_per_year double precision; interval_days double precision;
        dropout_rate_per_year double precision; spend_factor double precision; is_high_value boolean;
        first_order_at timestamptz; dropped_out_at timestamptz""",
    ),
    _table(
        "truth_lives",
        "customer_id life",
        """customer_id text; life integer; began_at timestamptz not null; dropped_out_at timestamptz;
        reason text""",
    ),
    _table(
        "truth_satisfaction",
        "customer_id quarter",
        """customer_id text; quarter date; satisfaction double precision not null;
        perceived_quality double precision not null; is_active boolean not null""",
    ),
    _table(
        "truth_drivers",
        "attribute",
        """attribute text; dimension text not null; weight double precision not null;
        factor_kind text not null""",
    ),
    _table("truth_paths", "cause effect", "cause text; effect text; coefficient double precision not null"),
    _table(
        "truth_quarters",
        "quarter",
        """quarter date; active_customers integer not null; satisfaction double precision;
        value_weighted_satisfaction double precision; high_value_satisfaction double precision;
        other_satisfaction double precision; trap_case text""",
    ),
    _table(
        "truth_campaigns",
        "campaign_id",
        """campaign_id text; order_rate_uplift double precision not null;
        return_share double precision not null""",
    ),
)

{%- set kinds = purchase_kinds() -%}

-- What a refund takes from each purchase kind, in the month it is given. The refunds of an order, by time, are laid along
-- what its kinds have lost to refunds in all: where both overlap, the refund takes from the kind. So refunds are split, and
-- the losses of the kinds are dated, both exactly. What no line bears is unassigned.

with refunds as (

    {{ fact('refunds') }}

),

order_lines as (

    {{ fact('order_lines') }}

),

given as (

    select
        refund_id,
        customer_id,
        order_id,
        is_assigned_to_order,
        {{ period_start('refunded_on', 'month') }} as month,
        refund_amount,
        sum(refund_amount) over (
            partition by order_id, is_assigned_to_order
            order by refunded_at, refund_id
            rows between unbounded preceding and current row
        ) as given_so_far

    from refunds

    where customer_id is not null

),

lost as (

    select
        order_id,
        purchase_kind,
        sum(refund_amount) as lost_amount

    from order_lines

    where
        refund_amount != 0
        and customer_id is not null

    group by order_id, purchase_kind

),

lost_in_turn as (

    select
        *,
        sum(lost_amount) over (
            partition by order_id
            order by purchase_kind
            rows between unbounded preceding and current row
        ) as lost_so_far

    from lost

),

taken as (

    select
        given.customer_id,
        given.month,
        lost_in_turn.purchase_kind,
        least(given.given_so_far, lost_in_turn.lost_so_far) - greatest(
            given.given_so_far - given.refund_amount,
            lost_in_turn.lost_so_far - lost_in_turn.lost_amount
        ) as refund_amount

    from given

    inner join lost_in_turn
        on given.order_id = lost_in_turn.order_id

    where given.is_assigned_to_order

),

by_kind as (

    select
        customer_id,
        month,
        {%- for kind in kinds %}
        coalesce(sum(case when purchase_kind = '{{ kind }}' then refund_amount end), 0) as {{ kind }}_refunds,
        {%- endfor %}
        sum(refund_amount) as refund_amount

    from taken

    where refund_amount > 0

    group by customer_id, month

),

totals as (

    select
        customer_id,
        month,
        sum(refund_amount) as refund_amount

    from given

    group by customer_id, month

),

final as (

    select
        -- ids
        totals.customer_id,
        totals.month,

        -- numerics
        {%- for kind in kinds %}
        coalesce(by_kind.{{ kind }}_refunds, 0) as {{ kind }}_refunds,
        {%- endfor %}
        totals.refund_amount - coalesce(by_kind.refund_amount, 0) as unassigned_refund_amount

    from totals

    left join by_kind
        on
            totals.customer_id = by_kind.customer_id
            and totals.month = by_kind.month

)

select * from final

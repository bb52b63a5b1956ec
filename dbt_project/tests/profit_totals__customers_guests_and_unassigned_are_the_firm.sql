-- Customers, guests and what falls to nobody are the firm, amount by amount, to the last digit; and the customers' row is what
-- the customers' mart sums to.
{%- set amounts = ['net_revenue', 'cost_of_goods', 'gross_margin', 'cost_to_serve', 'acquisition_cost'] %}

with totals as (

    select * from {{ ref('profit_totals') }}

),

parts as (

    select
        {%- for amount in amounts %}
        sum({{ amount }}) as {{ amount }},
        {%- endfor %}
        sum(profit) as profit,
        'firm' as side

    from totals

    where holder != 'firm'

),

customers as (

    select
        {%- for amount in amounts %}
        coalesce(sum({{ amount }}), 0) as {{ amount }},
        {%- endfor %}
        coalesce(sum(profit), 0) as profit,
        'customers' as side

    from {{ ref('customer_profitability') }}

),

sides as (

    select * from parts
    union all
    select * from customers

)

select *
from sides
except
select
    {%- for amount in amounts %}
    {{ amount }},
    {%- endfor %}
    profit,
    holder as side
from totals

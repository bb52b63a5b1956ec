{#- Walking a forest of referrals by doubling: from leaps over 2ᵏ referrers follow leaps over 2ᵏ⁺¹. A chain of a thousand
    takes ten steps, each a join, and a step costs what is left to walk; a recursive query would take a thousand, or hold
    every pair of customers above each other. -#}

{#- As many doublings as walk through any chain that the world has people for. -#}
{% macro all_leap_rounds() -%}
    {{ return(24) }}
{%- endmacro %}

{#- CTEs leap_0 … leap_n, leap_k with one row per customer who has a referrer 2ᵏ steps above: customer_id, ancestor_id.
    `edges` is a relation in scope with customer_id and referrer_id. -#}
{% macro leaps(edges) -%}
    leap_0 as (

        select
            customer_id,
            referrer_id as ancestor_id

        from {{ edges }}

    )
    {%- for round in range(all_leap_rounds()) %},

    leap_{{ round + 1 }} as (

        select
            lower_leap.customer_id,
            upper_leap.ancestor_id

        from leap_{{ round }} as lower_leap

        inner join leap_{{ round }} as upper_leap
            on lower_leap.ancestor_id = upper_leap.customer_id

    )
    {%- endfor %}
{%- endmacro %}

{#- SELECT of all of these, one below the other. -#}
{% macro all_leaps() -%}
    {%- for round in range(all_leap_rounds() + 1) %}
    select
        {{ round }} as leap_round,
        customer_id,
        ancestor_id
    from leap_{{ round }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
{%- endmacro %}

{#- How many doublings the deepest chain of the present referrals takes: known once int_value__referral_leaps is built.
    A unit test has few customers. -#}
{% macro leap_rounds() -%}
    {%- if not execute or model.resource_type == 'unit_test' or flags.EMPTY -%}
        {{ return(3) }}
    {%- endif -%}
    {%- set found = run_query('select coalesce(max(leap_round) + 1, 0) from ' ~ ref('int_value__referral_leaps')) -%}
    {{ return(found.rows[0][0] | int) }}
{%- endmacro %}

{#- SELECT of what the network below each referrer brings: sums over all whom they referred, directly or through others,
    without their own. One row per referrer and `by`; `with_depth` adds the number of steps down to the farthest.

    `values` is a relation in scope: customer_id, the columns `by`, and those to sum. First each customer's go to their referrer.
    After round k a row holds what all bring whom the customer, or somebody less than 2ᵏ steps below, has referred; those 2ᵏ
    steps below hold what lies beneath them, just as far. -#}
{% macro brought_by_network(values, by, sums, with_depth=false) %}
    {%- set rounds = leap_rounds() -%}
    {%- set leaps = ref('int_value__referral_leaps') -%}
    with brought_0 as (

        select
            leaps.ancestor_id as customer_id,
            {%- for name in by %}
            own.{{ name }},
            {%- endfor %}
            {%- for name in sums %}
            sum(own.{{ name }}) as {{ name }},
            {%- endfor %}
            1 as depth

        from {{ values }} as own

        inner join (select * from {{ leaps }}) as leaps
            on
                own.customer_id = leaps.customer_id
                and leaps.leap_round = 0

        group by leaps.ancestor_id{% for name in by %}, own.{{ name }}{% endfor %}

    )
    {%- for round in range(rounds) %},

    brought_{{ round + 1 }} as (

        select
            customer_id,
            {%- for name in by %}
            {{ name }},
            {%- endfor %}
            {%- for name in sums %}
            sum({{ name }}) as {{ name }},
            {%- endfor %}
            max(depth) as depth

        from (
            select * from brought_{{ round }}

            union all

            select
                leaps.ancestor_id as customer_id,
                {%- for name in by + sums %}
                below.{{ name }},
                {%- endfor %}
                below.depth + {{ 2 ** round }} as depth
            from brought_{{ round }} as below
            inner join (select * from {{ leaps }}) as leaps
                on
                    below.customer_id = leaps.customer_id
                    and leaps.leap_round = {{ round }}
        ) as brought

        group by customer_id{% for name in by %}, {{ name }}{% endfor %}

    )
    {%- endfor %}

    select
        {%- for name in ['customer_id'] + by + sums + (['depth'] if with_depth else []) %}
        {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}

    from brought_{{ rounds }}
{% endmacro %}

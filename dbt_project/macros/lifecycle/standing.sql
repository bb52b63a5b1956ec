{#- What a customer's standing is called: columns of customer_lifecycle. -#}

{#- The highest rung reached of the relationship ladder (003, 关系阶梯). -#}
{% macro ladder_rung() -%}
    {%- set client, customer = var('lifecycle_client'), var('lifecycle_customer') -%}
    {%- set tenure = '(' ~ as_of_date() ~ ' - first_occasion_on)' -%}
    case
        when stage = 'prospecting' and (has_registered or has_engaged) then 'prospect'
        when stage = 'prospecting' then 'suspect'
        when stage = 'interruption' then 'former'
        when is_advocate and is_member and is_profitable then 'partner'
        when is_member then 'member'
        when is_advocate then 'advocate'
        when count_occasions >= {{ customer.occasions }} and {{ tenure }} >= {{ customer.days }} then 'customer'
        when count_occasions >= {{ client.occasions }} and {{ tenure }} >= {{ client.days }} then 'client'
        when count_occasions > 1 then 'repeat_buyer'
        else 'first_time_buyer'
    end
{%- endmacro %}

{#- 001: potential, target (worth acquiring), current, lost. -#}
{% macro customer_state() -%}
    case
        when stage = 'interruption' then 'lost'
        when stage != 'prospecting' then 'current'
        when is_target then 'target'
        else 'potential'
    end
{%- endmacro %}

{#- Whether nobody comes back who leaves for this reason. -#}
{% macro is_final_reason(reason) -%}
    {%- if var('lifecycle_final_reasons') -%}
        coalesce({{ reason }} in ('{{ var("lifecycle_final_reasons") | join("', '") }}'), false)
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}

{#- The reason and its evidence as a sentence. -#}
{% macro reason_in_words() -%}
    case reason_code
        when 'no_order' then 'known, no order yet'
        when 'first_order' then 'first order on ' || cast(last_occasion_on as {{ dbt.type_string() }})
        when 'order_after_interruption'
            then 'ordered again on ' || cast(last_occasion_on as {{ dbt.type_string() }}) || ' after an interruption'
        when 'silence'
            then 'no order for ' || cast(days_since_last_order as {{ dbt.type_string() }})
                || ' days, ' || cast(round(silence_ratio, 2) as {{ dbt.type_string() }}) || ' expected intervals; limit '
                || cast(round(
                    case
                        when stage = 'interruption' then interruption_limit
                        when stage = 'termination' then termination_limit
                        else danger_limit
                    end, 2
                ) as {{ dbt.type_string() }})
        when 'notice_given'
            then 'gave notice on ' || cast(notice_given_on as {{ dbt.type_string() }})
                || coalesce(', in effect on ' || cast(notice_effective_on as {{ dbt.type_string() }}), '')
        when 'notice_in_effect'
            then 'notice took effect on ' || cast(notice_effective_on as {{ dbt.type_string() }})
        when 'open_complaint'
            then 'complaint open since ' || cast(complaint_open_since as {{ dbt.type_string() }})
        when 'low_score'
            then 'scored ' || cast(low_score as {{ dbt.type_string() }}) || ' of 100 on '
                || cast(low_score_on as {{ dbt.type_string() }})
        when 'value_falling'
            then 'value falling: trend ' || cast(round(value_trend, 2) as {{ dbt.type_string() }})
                || case when has_fewer_orders then ', fewer orders' else '' end
                || case when has_fewer_categories then ', fewer categories' else '' end
        when 'value_rising' then 'value rising: trend ' || cast(round(value_trend, 2) as {{ dbt.type_string() }})
        when 'value_level' then 'value level: trend ' || cast(round(value_trend, 2) as {{ dbt.type_string() }})
        when 'too_early_to_tell' then 'buys again; too early for a trend'
    end
{%- endmacro %}

-- Flows into a stage, of all segments and channels, are the customers who are in it when the month closes.
with flows as (

    select
        month,
        closing_stage as stage,
        sum(customers) as customers

    from {{ ref('lifecycle_flows_by_segment') }}

    group by month, closing_stage

),

totals as (

    select
        month,
        stage,
        customers

    from {{ ref('lifecycle_stage_totals') }}

    where customers > 0

)

(
    select * from flows
    except
    select * from totals
)
union all
(
    select * from totals
    except
    select * from flows
)

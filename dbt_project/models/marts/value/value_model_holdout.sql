with holdout as (

    {{ predicted('holdout') }}

),

final as (

    select
        model,
        frequency,
        customers,
        {{ decimals('actual_mean', 6) }} as actual_mean,
        {{ decimals('predicted_mean', 6) }} as predicted_mean

    from holdout

)

select * from final

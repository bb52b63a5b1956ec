with holdout as (

    {{ predicted('holdout') }}

),

final as (

    select
        model,
        frequency,
        customers,
        {{ measured('actual_mean', 6) }} as actual_mean,
        {{ measured('predicted_mean', 6) }} as predicted_mean,
        {{ as_of_date() }} as as_of_date

    from holdout

)

select * from final

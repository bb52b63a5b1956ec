with source as (

    {{ promoted('service_quality', 'perceptions') }}

),

renamed as (

    select
        -- ids
        _key as respondent_key,

        -- numerics
        cast(a01 as numeric) as a01,
        cast(a02 as numeric) as a02,
        cast(a03 as numeric) as a03,
        cast(a04 as numeric) as a04,
        cast(a05 as numeric) as a05,
        cast(a06 as numeric) as a06,
        cast(a07 as numeric) as a07,
        cast(a08 as numeric) as a08,
        cast(a09 as numeric) as a09,
        cast(a10 as numeric) as a10,
        cast(a11 as numeric) as a11,
        cast(a12 as numeric) as a12,
        cast(a13 as numeric) as a13,
        cast(a14 as numeric) as a14,
        cast(a15 as numeric) as a15,
        cast(a16 as numeric) as a16,
        cast(a17 as numeric) as a17,
        cast(a18 as numeric) as a18,
        cast(a19 as numeric) as a19,
        cast(a20 as numeric) as a20,
        cast(a21 as numeric) as a21,
        cast(a22 as numeric) as a22,
        cast(sat as numeric) as satisfaction,

        -- dates
        _delivered_on as surveyed_on

    from source

)

select * from renamed

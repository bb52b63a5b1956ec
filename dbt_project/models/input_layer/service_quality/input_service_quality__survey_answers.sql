with perceptions as (

    select * from {{ ref('stg_service_quality__perceptions') }}

),

-- a row of the study is as many answers as it has columns
final as (

    select
        -- ids
        {{ source_key('service_quality', 'perceptions.respondent_key') }} as response_id,

        -- text
        answered.item_code,

        -- numerics
        answered.score

    from perceptions

    cross join
        lateral (
            values
            ('SV01', perceptions.a01),
            ('SV02', perceptions.a02),
            ('SV03', perceptions.a03),
            ('SV04', perceptions.a04),
            ('SV05', perceptions.a05),
            ('SV06', perceptions.a06),
            ('SV07', perceptions.a07),
            ('SV08', perceptions.a08),
            ('SV09', perceptions.a09),
            ('SV10', perceptions.a10),
            ('SV11', perceptions.a11),
            ('SV12', perceptions.a12),
            ('SV13', perceptions.a13),
            ('SV14', perceptions.a14),
            ('SV15', perceptions.a15),
            ('SV16', perceptions.a16),
            ('SV17', perceptions.a17),
            ('SV18', perceptions.a18),
            ('SV19', perceptions.a19),
            ('SV20', perceptions.a20),
            ('SV21', perceptions.a21),
            ('SV22', perceptions.a22),
            ('SV23', perceptions.satisfaction)
        ) as answered (item_code, score)

    where answered.score is not null

)

select * from final

with campaigns as (

    select * from {{ ref('stg_marketing__campaigns') }}

),

final as (

    select
        campaign_id,
        campaign_name,
        campaign_type_code,
        starts_on,
        ends_on,
        discount_percent
    from campaigns

)

select * from final

with marketing_spend as (

    select * from {{ ref('stg_marketing__marketing_spend') }}

),

final as (

    select
        marketing_spend_id,
        spend_date,
        channel_code,
        campaign_id,
        spend_amount,
        impressions,
        clicks
    from marketing_spend

)

select * from final

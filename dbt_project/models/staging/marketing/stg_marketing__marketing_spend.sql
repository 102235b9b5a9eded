with source as (

    select * from {{ source('marketing', 'marketing_spend') }}

),

renamed as (

    select
        spend_id as marketing_spend_id,
        spend_date,
        channel_code,
        campaign_id,
        spend_amount,
        impressions,
        clicks
    from source

)

select * from renamed

with source as (

    select * from {{ source('marketing', 'campaigns') }}

),

renamed as (

    select
        campaign_id,
        campaign_name,
        campaign_type_code,
        starts_on,
        ends_on,
        discount_percent
    from source

)

select * from renamed

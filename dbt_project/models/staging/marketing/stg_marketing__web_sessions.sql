with source as (

    select * from {{ source('marketing', 'web_sessions') }}

),

renamed as (

    select
        session_id,
        customer_id,
        device_code,
        traffic_source_code,
        landing_page,
        pages_viewed,
        duration_seconds,
        started_at
    from source

)

select * from renamed

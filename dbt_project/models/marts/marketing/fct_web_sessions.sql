with web_sessions as (

    select * from {{ ref('stg_marketing__web_sessions') }}

),

final as (

    select
        session_id,
        customer_id,
        device_code,
        traffic_source_code,
        landing_page,
        started_at,
        pages_viewed,
        duration_seconds,
        pages_viewed = 1 as is_bounce
    from web_sessions

)

select * from final

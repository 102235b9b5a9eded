with support_tickets as (

    select * from {{ ref('stg_support__support_tickets') }}

),

final as (

    select
        ticket_id,
        customer_id,
        order_id,
        agent_employee_id as employee_id,
        topic,
        contact_channel_code,
        priority_code,
        status_code,
        satisfaction_score,
        opened_at,
        first_replied_at,
        resolved_at,
        cast(
            extract(epoch from first_replied_at - opened_at) / 3600 as numeric(10, 2)
        ) as hours_to_first_reply,
        cast(
            extract(epoch from resolved_at - opened_at) / 3600 as numeric(10, 2)
        ) as hours_to_resolve
    from support_tickets

)

select * from final

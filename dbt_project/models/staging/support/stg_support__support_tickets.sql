with source as (

    select * from {{ source('support', 'support_tickets') }}

),

renamed as (

    select
        ticket_id,
        customer_id,
        order_id,
        agent_employee_id,
        topic,
        contact_channel_code,
        priority_code,
        status_code,
        satisfaction_score,
        opened_at,
        first_replied_at,
        resolved_at
    from source

)

select * from renamed

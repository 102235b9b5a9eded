with source as (

    select * from {{ source('shop', 'employees') }}

),

renamed as (

    select
        employee_id,
        full_name as employee_name,
        work_email,
        store_id,
        job_title,
        manager_employee_id,
        hired_on,
        left_on,
        hourly_wage
    from source

)

select * from renamed

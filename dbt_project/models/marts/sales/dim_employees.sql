with employees as (

    select * from {{ ref('stg_shop__employees') }}

),

final as (

    select
        employees.employee_id,
        employees.employee_name,
        employees.work_email,
        employees.store_id,
        employees.job_title,
        managers.employee_name as manager_name,
        employees.hired_on,
        employees.left_on,
        employees.left_on is null as is_employed,
        employees.hourly_wage
    from employees
    left join employees as managers on employees.manager_employee_id = managers.employee_id

)

select * from final

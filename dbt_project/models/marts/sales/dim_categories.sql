with categories as (

    select * from {{ ref('stg_shop__categories') }}

),

final as (

    select
        category_id,
        category_name,
        department
    from categories

)

select * from final

with stores as (

    select * from {{ ref('stg_shop__stores') }}

),

final as (

    select
        store_id,
        store_code,
        store_name,
        district_id,
        store_type_code,
        city,
        opened_on,
        closed_on,
        closed_on is null as is_open,
        square_feet
    from stores

)

select * from final

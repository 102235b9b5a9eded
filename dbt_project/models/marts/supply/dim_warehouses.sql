with warehouses as (

    select * from {{ ref('stg_shop__warehouses') }}

),

regions as (

    select * from {{ ref('stg_shop__regions') }}

),

final as (

    select
        warehouses.warehouse_id,
        warehouses.warehouse_name,
        regions.region_name as warehouse_region,
        warehouses.capacity_units
    from warehouses
    inner join regions on warehouses.region_id = regions.region_id

)

select * from final

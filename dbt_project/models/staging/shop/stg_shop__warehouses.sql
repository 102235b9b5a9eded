with source as (

    select * from {{ source('shop', 'warehouses') }}

),

renamed as (

    select
        warehouse_id,
        warehouse_name,
        region_id,
        capacity_units
    from source

)

select * from renamed

with source as (

    select * from {{ source('shop', 'inventory_snapshots') }}

),

renamed as (

    select
        product_id,
        warehouse_id,
        snapshot_date,
        units_on_hand,
        units_on_order
    from source

)

select * from renamed

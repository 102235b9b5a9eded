with inventory_snapshots as (

    select * from {{ ref('stg_shop__inventory_snapshots') }}

),

products as (

    select * from {{ ref('stg_shop__products') }}

),

final as (

    select
        inventory_snapshots.product_id
            || '-' || inventory_snapshots.warehouse_id
            || '-' || inventory_snapshots.snapshot_date as inventory_snapshot_id,
        inventory_snapshots.product_id,
        inventory_snapshots.warehouse_id,
        inventory_snapshots.snapshot_date,
        inventory_snapshots.units_on_hand,
        inventory_snapshots.units_on_order,
        cast(inventory_snapshots.units_on_hand * products.unit_cost as numeric(12, 2)) as stock_value,
        inventory_snapshots.units_on_hand = 0 as is_out_of_stock
    from inventory_snapshots
    inner join products on inventory_snapshots.product_id = products.product_id

)

select * from final

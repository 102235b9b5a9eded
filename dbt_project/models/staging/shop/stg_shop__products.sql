with source as (

    select * from {{ source('shop', 'products') }}

),

renamed as (

    select
        product_id,
        sku,
        product_name,
        category_id,
        color,
        status_code,
        list_price,
        unit_cost,
        launched_on
    from source

)

select * from renamed

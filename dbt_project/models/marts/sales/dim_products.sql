with products as (

    select * from {{ ref('stg_shop__products') }}

),

final as (

    select
        product_id,
        sku,
        product_name,
        category_id,
        color,
        status_code,
        list_price,
        unit_cost,
        case
            when list_price < 50 then 'under $50'
            when list_price < 100 then '$50 to $99'
            when list_price < 200 then '$100 to $199'
            else '$200 and over'
        end as price_band,
        launched_on
    from products

)

select * from final

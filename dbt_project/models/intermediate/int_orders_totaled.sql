with order_items as (

    select * from {{ ref('int_order_items_priced') }}

),

totaled as (

    select
        order_id,
        sum(quantity) as item_count,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(net_amount) as net_amount
    from order_items
    group by order_id

)

select * from totaled

with customers as (

    select * from {{ ref('stg_shop__customers') }}

),

regions as (

    select * from {{ ref('stg_shop__regions') }}

),

orders as (

    select * from {{ ref('stg_shop__orders') }}

),

customer_orders as (

    select
        customer_id,
        min(ordered_at) as first_ordered_at,
        count(*) as lifetime_orders
    from orders
    where status_code <> 'C'
    group by customer_id

),

ages as (

    select
        customer_id,
        extract(year from age(cast('{{ var("as_of") }}' as date), birth_date)) as age_years
    from customers

),

final as (

    select
        customers.customer_id,
        customers.first_name || ' ' || customers.last_name as customer_name,
        customers.email,
        customers.phone,
        case
            when ages.age_years < 18 then 'under 18'
            when ages.age_years < 30 then '18 to 29'
            when ages.age_years < 45 then '30 to 44'
            when ages.age_years < 60 then '45 to 59'
            when ages.age_years >= 60 then '60 and over'
        end as age_group,
        customers.gender_code,
        customers.city,
        regions.region_name as region,
        regions.country_name as country,
        customers.loyalty_tier_code,
        customers.acquisition_channel_code,
        customers.is_marketing_opt_in,
        customers.signed_up_at,
        customer_orders.first_ordered_at,
        cast(coalesce(customer_orders.lifetime_orders, 0) as integer) as lifetime_orders
    from customers
    inner join regions on customers.region_id = regions.region_id
    inner join ages on customers.customer_id = ages.customer_id
    left join customer_orders on customers.customer_id = customer_orders.customer_id

)

select * from final

with source as (

    select * from {{ source('shop', 'customers') }}

),

renamed as (

    select
        customer_id,
        first_name,
        last_name,
        lower(email) as email,
        phone,
        birth_date,
        gender_code,
        region_id,
        city,
        loyalty_tier_code,
        acquisition_channel_code,
        is_marketing_opt_in,
        signed_up_at
    from source

)

select * from renamed

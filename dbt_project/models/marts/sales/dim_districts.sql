with districts as (

    select * from {{ ref('stg_shop__districts') }}

),

regions as (

    select * from {{ ref('stg_shop__regions') }}

),

final as (

    select
        districts.district_id,
        districts.district_name,
        districts.district_manager,
        regions.region_name as district_region
    from districts
    inner join regions on districts.region_id = regions.region_id

)

select * from final

select region_code, region_name, country_code from {{ ref('raw_regions') }}

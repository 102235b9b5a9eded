SELECT
    branch_code || ' ' || counted_hour AS dor_reading_no,
    branch_code AS dor_branch_code,
    CAST(counted_hour AS timestamp) AS dor_counted_hour,
    visitors AS dor_visitors
FROM {{ ref('legacy_door_counts') }}

SELECT
    branch_code AS brm_branch_code,
    branch_name AS brm_branch_name,
    district AS brm_district,
    year_built AS brm_year_built,
    step_free AS brm_step_free
FROM {{ ref('legacy_branches') }}

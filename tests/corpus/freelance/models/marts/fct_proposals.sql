select p.*, p.submitted_on - j.posted_on as days_after_posting
from {{ ref('proposals_raw') }} as p
join {{ ref('jobs_raw') }} as j on j.job_id = p.job_id

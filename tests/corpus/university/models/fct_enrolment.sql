select
    e.enrolment_id, e.student_id, e.module_code, e.lecturer_id, e.enrol_dt, e.withdraw_dt,
    e.enrol_status, e.semester, e.final_mark, e.gross_fee_amt, e.bursary_amt, e.passed,
    e.attendance_pct as att_pct, m.credits as credits_val
from {{ ref('src_enrolment') }} as e
join {{ ref('src_module') }} as m on m.module_code = e.module_code

select * from (values (1, 'Harbour', 9), (2, 'Hill', 4), (3, 'Old Mill', 2))
    as b (branch_id, branch_name, seat_count)

select book_id, title, genre, shelf_mark as "Shelf Mark", page_count as "pageCount"
from (values
    (10, 'Tides', 'O''Neill''s own', 'T 1', 320),
    (11, 'Robert''); drop table dim_books; --', 'crime', 'R 7', 210),
    (12, 'Maps', 'crime', 'M 2', 90)
) as b (book_id, title, genre, shelf_mark, page_count)

SELECT
    title_no AS ttl_title_no,
    title AS ttl_title,
    author AS ttl_author,
    genre AS ttl_genre,
    audience AS ttl_audience,
    publication_year AS ttl_publication_year,
    language AS ttl_language
FROM {{ ref('legacy_titles') }}

"""Examples in the OpenAPI document; they work on the demonstration project."""

from __future__ import annotations

from typing import Any

from pydantic import JsonValue

ASKED: list[JsonValue] = [
    {"question": "What was revenue by region last quarter?"},
    {
        "question": "and by month?",
        "session_id": "b1f7a3c2-6d0e-4a52-9f0b-2f6f3c1f4d11",
        "planner": "embedded",
        "as_of": "2025-10-15",
    },
]

QUERIES: dict[str, dict[str, Any]] = {
    "metric by dimension": {
        "value": {
            "metrics": ["revenue"],
            "group_by": ["customer__region"],
            "time_range": {"start": "2025-07-01", "end": "2025-10-01"},
            "order_by": [{"name": "revenue", "descending": True}],
        }
    },
    "with a filter and a limit": {
        "value": {
            "metrics": ["revenue"],
            "group_by": ["metric_time__month"],
            "where": [{"item": "customer__region", "operator": "=", "values": ["West"]}],
            "limit": 12,
        }
    },
}

ANSWER: dict[str, Any] = {
    "status": "answered",
    "question": "What was revenue by region last quarter?",
    "session_id": None,
    "planner": "embedded",
    "confidence": 0.7,
    "query": {
        "metrics": ["revenue"],
        "group_by": ["customer__region"],
        "where": [],
        "having": [],
        "time_range": {"start": "2025-07-01", "end": "2025-10-01"},
        "order_by": [{"name": "revenue", "descending": True}],
        "limit": None,
        "calculations": [],
    },
    "sql": "SELECT …",
    "dbt_sql": "SELECT … FROM {{ ref('fct_order_items') }} …",
    "governed": True,
    "columns": [
        {"name": "customer__region", "type": "string", "role": "dimension"},
        {"name": "revenue", "type": "number", "role": "metric", "format": "currency"},
    ],
    "rows": [["Northeast", 206954.08], ["South", 185250.32]],
    "row_count": 2,
    "truncated": False,
    "explanation": "Revenue by Region, from 1 Jul 2025 to 30 Sep 2025; highest Revenue first.",
    "checks": [{"name": "row cap", "status": "pass", "detail": "All rows are shown."}],
    "models": ["dim_customers", "fct_order_items"],
    "clarification": None,
    "refusal": None,
    "error": None,
    "timings_ms": {"plan": 21.4, "compile": 61.0, "execute": 12.2, "total": 140.1},
    "trace_id": "3f0f6d7f5c8e4f0c9b7c1f1f8a3a0f52",
}

PROBLEM: dict[str, Any] = {
    "type": "urn:metricspeak:problem:overloaded",
    "title": "Too much is asked at once",
    "status": 503,
    "detail": "8 questions are being answered, which is as many as this server takes.",
    "code": "overloaded",
    "hint": "Ask again after the seconds in Retry-After.",
}

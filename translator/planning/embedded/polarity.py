"""Which figures one wants low: the worst cancellation rate is the highest."""

from __future__ import annotations

from semantic.catalog import Metric
from translator.planning.embedded.text import identifier_words

_UNWELCOME = frozenset(
    ["abandonment", "absence", "accident", "arrears", "attrition", "backlog", "bounce", "breach"]
    + ["breakdown", "bug", "cancel", "cancellation", "cancelled", "canceled", "churn", "churned"]
    + [
        "claim",
        "complaint",
        "cost",
        "costs",
        "crash",
        "damage",
        "death",
        "deaths",
        "debt",
        "defect",
    ]
    + ["default", "delay", "delayed", "delays", "delinquency", "denial", "departure", "departed"]
    + ["downtime", "dropout", "emission", "emissions", "error", "errors", "expense", "expenses"]
    + ["failed", "failure", "failures", "fault", "faults", "fine", "fines", "fraud", "incident"]
    + [
        "incidents",
        "infection",
        "injury",
        "late",
        "lateness",
        "leaver",
        "leavers",
        "loss",
        "losses",
    ]
    + ["lost", "mortality", "outage", "outages", "outstanding", "overdue", "overrun", "penalty"]
    + ["readmission", "refund", "refunded", "refunds", "rejected", "rejection", "resolution"]
    + ["return", "returned", "returns", "scrap", "shortage", "shrinkage", "stockout", "turnover"]
    + ["unpaid", "wait", "waiting", "waste", "withdrawal", "withdrawals", "writeoff"]
)


def is_unwelcome(metric: Metric) -> bool:
    """Whether less of a metric is better, by its name or label."""
    words = {*identifier_words(metric.name), *(metric.label or "").lower().split()}
    return bool(words & _UNWELCOME) and "revenue" not in words

"""The limit of what a query may cost, held before it runs."""

from __future__ import annotations

from semantic.errors import WarehouseError
from translator.warehouse.warehouse import Estimate


class TooExpensive(WarehouseError):
    """The warehouse expects more work of a query than the settings allow."""


def check_cost(estimate: Estimate, most: float) -> None:
    """Refuse a query that would run into the time limit anyway, before it burdens the warehouse.

    Raises:
        TooExpensive: its estimated cost is more than `most`.
    """
    if estimate.cost is not None and estimate.cost > most:
        raise TooExpensive(
            f"The warehouse estimates a cost of {estimate.cost:.2g} for this query; "
            f"at most {most:.2g} is allowed.",
            "Ask for less, such as a shorter period. If the query is meant so, raise "
            "`max_query_cost` in metricspeak.yml.",
        )

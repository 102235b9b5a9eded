"""Questions about rows and how they relate, answered by SQL over models.

`rows` says which models and columns may be read, `keys` how their rows belong together, `reader`
understands the question, `sql` writes the query, `planner` joins them.
"""

from translator.planning.embedded.relational.planner import RelationalPlan, RelationalPlanner

__all__ = ["RelationalPlan", "RelationalPlanner"]

"""Questions about rows and how they relate, answered by SQL over models.

`rows` says which models and columns may be read, `keys` how their rows belong together, `reader`
understands the question, `sql` writes the query, `planner` joins them, and
`choose` decides between a reading over rows and a governed query.
"""

from translator.planning.embedded.relational.choose import choose, is_settled
from translator.planning.embedded.relational.planner import RelationalPlan, RelationalPlanner

__all__ = ["RelationalPlan", "RelationalPlanner", "choose", "is_settled"]

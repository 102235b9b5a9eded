"""Which models a caller may read.

dbt's rules (https://docs.getdbt.com/docs/mesh/govern/model-access): a `private` model may be
referenced only by models of its own group; `protected`, the default, by those of its project;
`public` by all. SQL that answers a question is one more reference from inside the project, and
belongs to no group unless its caller does. A metric is the public interface of the models below
it: a governed query may read a private model, as the people who own it put the metric over it.
Sources are the staging models' own business; only a governed query reads one, where a semantic
model stands on it.
"""

from __future__ import annotations

from dataclasses import dataclass

from semantic.catalog import Model


@dataclass(frozen=True)
class Access:
    """What a caller may read: `groups` are the dbt groups that he belongs to.

    `governed` is for SQL compiled from a `SemanticQuery`, never for SQL that somebody wrote.
    `through` are the unique ids of what the ephemeral models of the SQL read: dbt puts their SQL
    into it, and what they stand on is still their own business.
    """

    groups: frozenset[str] = frozenset()
    governed: bool = False
    through: frozenset[str] = frozenset()

    def denial(self, model: Model) -> str | None:
        """Why a model may not be read, as the end of a sentence about it; None when it may."""
        if self.governed or model.unique_id in self.through:
            return None
        if model.resource_type == "source":
            return "is a source: read the model that is built on it"
        if model.access == "private" and model.group not in self.groups:
            return f"is private to the group '{model.group}': ask for a metric over it"
        return None


AD_HOC = Access()
"""SQL of a `ModelQuery`, by a caller without groups."""

GOVERNED = Access(governed=True)
"""SQL compiled from a `SemanticQuery`."""

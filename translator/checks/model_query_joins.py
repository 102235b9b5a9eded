"""Whether joins of SQL over models repeat rows that are then summed or counted.

An aggregate over one source is right only if no other source of the same SELECT has several rows
for one of its own. From the source that is aggregated outwards, along the conditions of the joins,
each next one has to be unique on the keys that it is joined by. Where these are the primary key of
a model, keys of the other side without a match are counted as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from semantic.catalog import Model, SemanticCatalog
from translator.answer import Check
from translator.checks.inquiry import Finding, Inquiry
from translator.checks.sql import count_rows, is_null, not_null, sum_where, table
from translator.checks.subject import Subject
from translator.checks.words import counted, listed, number, share
from translator.plan import ModelQuery
from translator.sql_words import conjuncts, expression_words, sql_words

KIND = "model_query_joins"
_REPEAT_SAFE = (exp.Min, exp.Max)
_MOST_JOINS = 12


@dataclass(frozen=True)
class Side:
    """One side of a join: what it is called in the SQL, and its keys there."""

    name: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class SqlJoin:
    """Two sources joined by equal keys.

    `…_summed` is what is aggregated of a side: the other side must not repeat its rows. `loses`
    names the sides whose rows without a match an inner join drops, where they ought to have one:
    the other is joined by its declared primary key.
    """

    left: Side
    right: Side
    left_summed: tuple[str, ...]
    right_summed: tuple[str, ...]
    loses: tuple[str, ...] = ()


def model_query_inquiries(tree: exp.Query, catalog: SemanticCatalog) -> Iterator[Inquiry]:
    """One for each join whose keys can be told."""
    ctes = {cte.alias: cte for cte in tree.ctes}
    made = 0
    for scope in traverse_scope(tree):
        if not isinstance(scope.expression, exp.Select):
            continue
        for inquiry in _Select(scope, ctes, catalog).inquiries():
            made += 1
            if made > _MOST_JOINS:
                return
            yield inquiry


class _Select:
    """The joins of one SELECT."""

    def __init__(self, scope: Scope, ctes: Mapping[str, exp.CTE], catalog: SemanticCatalog) -> None:
        assert isinstance(scope.expression, exp.Select)
        self._select = scope.expression
        self._scope = scope
        self._ctes = ctes
        self._catalog = catalog
        self._sources = dict(scope.sources)
        self._edges = list(self._joins())

    def inquiries(self) -> Iterator[Inquiry]:
        needed = self._needed()
        for name, target, pairs, own, join in self._edges:
            about = SqlJoin(
                Side(self._shown(name), tuple(_key(p) for p, _ in pairs)),
                Side(self._shown(target), tuple(_key(p) for _, p in pairs)),
                needed.get((name, target), ()),
                needed.get((target, name), ()),
                () if own or join.side else tuple(self._losing(name, target, pairs)),
            )
            left_keys = self._keys(name, [p for p, _ in pairs], [])
            right_keys = self._keys(target, [p for _, p in pairs], own)
            if left_keys is None or right_keys is None:
                continue
            query = _compared(left_keys, right_keys, len(pairs))
            for cte in self._needed_ctes(query):
                query.with_(cte.alias, as_=cte.this.copy(), copy=False)
            self._name_relations(query)
            models = tuple(m for m in self._catalog.models.values() if self._reads(query, m))
            key = (KIND, query.sql(dialect=self._catalog.adapter_type)) if models else None
            yield Inquiry(KIND, about, query, models, key)

    def _losing(
        self, left: str, right: str, pairs: list[tuple[exp.Expr, exp.Expr]]
    ) -> Iterator[str]:
        for here, there, keys in (
            (left, right, [k for _, k in pairs]),
            (right, left, [k for k, _ in pairs]),
        ):
            model = self._model(there)
            names = {k.name.lower() for k in keys if isinstance(k, exp.Column)}
            if model is None or self._model(here) is None or not model.primary_key:
                continue
            if names == {name.lower() for name in model.primary_key}:
                yield self._shown(here)

    def _joins(
        self,
    ) -> Iterator[tuple[str, str, list[tuple[exp.Expr, exp.Expr]], list[exp.Expr], exp.Join]]:
        """Each join by equal keys: left source, right source, pairs of keys, right's own part."""
        for join in self._select.args.get("joins") or ():
            target = join.this.alias_or_name
            if target not in self._sources or join.args.get("kind") in {"CROSS", "SEMI", "ANTI"}:
                continue
            pairs: list[tuple[exp.Expr, exp.Expr]] = []
            own: list[exp.Expr] = []
            lefts: set[str] = set()
            for condition in conjuncts(join.args.get("on")):
                if not isinstance(condition, exp.EQ):
                    if self._owners(condition) == {target}:
                        own.append(condition)
                        continue
                    pairs = []
                    lefts = set()
                    break
                a, b = condition.this, condition.expression
                owners = self._owners(a), self._owners(b)
                if owners[0] == {target} and len(owners[1]) == 1 and owners[1] != {target}:
                    a, b, owners = b, a, (owners[1], owners[0])
                if owners[1] == {target} and len(owners[0]) == 1 and owners[0] != {target}:
                    pairs.append((a, b))
                    lefts |= {str(o) for o in owners[0]}
                elif owners[0] | owners[1] == {target}:
                    own.append(condition)
            if pairs and len(lefts) == 1:
                yield lefts.pop(), target, pairs, own, join

    def _owners(self, tree: exp.Expr) -> set[str | None]:
        """The sources of an expression's columns; None among them where one is not known."""
        return {self._owner(column) for column in tree.find_all(exp.Column)}

    def _owner(self, column: exp.Column) -> str | None:
        if column.table:
            return column.table if column.table in self._sources else None
        having = [name for name in self._sources if self._has(name, column.name)]
        if len(self._sources) == 1:
            return next(iter(self._sources))
        return having[0] if len(having) == 1 else None

    def _has(self, name: str, column: str) -> bool:
        source = self._sources[name]
        if isinstance(source, exp.Table):
            model = self._catalog.models.get(source.name)
            return model is None or model.column(column) is not None
        query = source.expression
        named = query.named_selects if isinstance(query, exp.Query) else []
        return column.lower() in {n.lower() for n in named}

    def _needed(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """For (a, b): what is aggregated on the side of a and would be repeated by b."""
        found: dict[tuple[str, str], list[str]] = {}
        for select in self._select.selects:
            for aggregate in select.find_all(exp.AggFunc):
                if isinstance(aggregate, _REPEAT_SAFE) or aggregate.find(exp.Distinct):
                    continue
                owners = self._owners(aggregate)
                if len(owners) != 1 or None in owners:
                    continue
                start = str(next(iter(owners)))
                for edge in self._outwards(start):
                    found.setdefault(edge, []).append(expression_words(aggregate))
        return {edge: tuple(dict.fromkeys(words)) for edge, words in found.items()}

    def _outwards(self, start: str) -> Iterator[tuple[str, str]]:
        seen, waiting = {start}, [start]
        while waiting:
            here = waiting.pop()
            for left, right, *_ in self._edges:
                for a, b in ((left, right), (right, left)):
                    if a == here and b not in seen:
                        seen.add(b)
                        waiting.append(b)
                        yield a, b

    def _keys(
        self, name: str, keys: list[exp.Expr], conditions: list[exp.Expr]
    ) -> exp.Select | None:
        """Each combination of keys of a source, with its number of rows."""
        source = self._sources[name]
        if isinstance(source, exp.Table):
            relation: exp.Expr = source.copy()
            relation.set("joins", None)
        elif name in self._ctes or source.is_cte:
            found = next(
                (t for t in self._scope.tables if t.alias_or_name == name and t.name in self._ctes),
                None,
            )
            if found is None:
                return None
            relation = found.copy()
        else:
            relation = exp.Subquery(
                this=source.expression.copy(), alias=exp.TableAlias(this=exp.to_identifier(name))
            )
        select = exp.select().from_(relation)
        for position, key in enumerate(keys):
            select = select.select(exp.alias_(key.copy(), f"k{position}"), copy=False)
            select = select.group_by(exp.Literal.number(position + 1), copy=False)
            select = select.where(not_null(key), copy=False)
        for condition in conditions:
            select = select.where(condition.copy(), copy=False)
        return select.select(exp.alias_(count_rows(), "n"), copy=False)

    def _needed_ctes(self, query: exp.Query) -> list[exp.CTE]:
        """The query's common tables that this one reads, in their order."""
        names = {t.name for t in query.find_all(exp.Table)}
        for cte in reversed(list(self._ctes.values())):
            if cte.alias in names:
                names |= {t.name for t in cte.this.find_all(exp.Table)}
        return [cte for cte in self._ctes.values() if cte.alias in names]

    def _name_relations(self, query: exp.Query) -> None:
        for found in list(query.find_all(exp.Table)):
            model = self._catalog.models.get(found.name)
            if model is not None and not found.db and found.name not in self._ctes:
                named = table(model)
                alias = found.alias or found.name
                named.set("alias", exp.TableAlias(this=exp.to_identifier(alias)))
                found.replace(named)

    def _reads(self, query: exp.Query, model: Model) -> bool:
        return any(
            t.name == model.relation.identifier and t.db == model.relation.schema
            for t in query.find_all(exp.Table)
        )

    def _model(self, name: str) -> Model | None:
        source = self._sources[name]
        if isinstance(source, exp.Table) and source.name not in self._ctes:
            return self._catalog.models.get(source.name)
        return None

    def _shown(self, name: str) -> str:
        model = self._model(name)
        return model.name if model is not None else name


def _key(tree: exp.Expr) -> str:
    return tree.name if isinstance(tree, exp.Column) else sql_words(tree)


def _compared(left: exp.Select, right: exp.Select, width: int) -> exp.Select:
    """Of both sides: rows with a key, those without a match, keys on more than one row."""
    same = exp.and_(
        *(
            exp.EQ(this=exp.column(f"k{i}", "l"), expression=exp.column(f"k{i}", "r"))
            for i in range(width)
        )
    )
    outputs: list[exp.Expr] = []
    for side, other in (("l", "r"), ("r", "l")):
        rows, missing = exp.column("n", side), is_null(exp.column("n", other))
        one = exp.Literal.number(1)
        outputs += [
            exp.Coalesce(this=exp.Sum(this=rows), expressions=[exp.Literal.number(0)]),
            sum_where(rows.copy(), missing),
            sum_where(one, exp.GT(this=rows.copy(), expression=one.copy())),
        ]
    return (
        exp.select(*outputs)
        .from_(left.subquery("l"))
        .join(right.subquery("r"), on=same, join_type="full outer")
    )


def model_query_joins(subject: Subject) -> Iterator[Check]:
    """Fail where a join repeats what is summed, warn where it loses rows."""
    if not isinstance(subject.query, ModelQuery):
        return
    good: list[str] = []
    for finding in subject.findings:
        if finding.inquiry.kind == KIND:
            yield from _checks(finding, good)
    if good:
        yield Check("joins", "pass", f"No join repeats rows that are summed: {listed(good)}.")


def _checks(finding: Finding, good: list[str]) -> Iterator[Check]:
    join: SqlJoin = finding.inquiry.about
    left, right = join.left, join.right
    if finding.problem is not None:
        yield Check(
            "joins",
            "warn",
            f"The join of {left.name} and {right.name} could not be checked: {finding.problem}.",
        )
        return
    figures = [int(v or 0) for v in finding.rows[0]]
    sides = ((left, figures[:3], join.left_summed), (right, figures[3:], join.right_summed))
    bad = False
    for (here, _, summed), (there, (_, _, repeated), _) in (sides, sides[::-1]):
        if summed and repeated:
            bad = True
            yield Check(
                "joins",
                "fail",
                f"Joining {there.name} repeats rows of {here.name} before {listed(summed)} is "
                f"taken: {counted(repeated, listed(there.keys) + ' value')} "
                f"{'stands' if repeated == 1 else 'stand'} on more than one row of {there.name}. "
                "Figures may be too high.",
            )
    for (here, (rows, unmatched, _), _), (there, (_, _, repeated), _) in (sides, sides[::-1]):
        if here.name in join.loses and unmatched and not repeated:
            bad = True
            yield Check(
                "joins",
                "warn",
                f"{number(unmatched)} of {number(rows)} rows of {here.name} "
                f"({share(unmatched, rows)}) have a {listed(here.keys)} with no match in "
                f"{there.name}: the join drops them.",
            )
    if not bad:
        good.append(f"{left.name} with {right.name} by {listed(right.keys)}")

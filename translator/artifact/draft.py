"""A proposal as files of the project, shown only when dbt parses them."""

from __future__ import annotations

import difflib
import hashlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import sqlglot
import yaml
from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic.artifacts import ensure_artifacts, read_artifacts, write_atomically
from semantic.build import build_catalog
from semantic.catalog import DimensionType, SemanticCatalog
from semantic.errors import MetricSpeakError
from semantic.project import Project, cache_dir
from translator.artifact.artifact import Artifact, CannotSave, Kind, plain
from translator.artifact.files import FileChange, new_or_changed
from translator.artifact.layout import Layout
from translator.artifact.proposal import BridgeProposal, MetricProposal, Proposal, propose
from translator.artifact.scratch import scratch_project
from translator.artifact.sql_style import style_of
from translator.compile.identifiers import aliased, identifier
from translator.plan import Draft

_LOG = logging.getLogger(__name__)


class Drafter:
    """Drafts what is missing in one project. Safe to use from several threads."""

    def __init__(self, project: Project, catalog: SemanticCatalog) -> None:
        """Keep both."""
        self.project = project
        self.catalog = catalog

    def draft(self, question: str, ignored: Iterable[str]) -> Draft | None:
        """The draft for a refused question, if there is one that dbt parses. Never raises."""
        try:
            proposal = propose(question, ignored, self.catalog)
            if proposal is None:
                return None
            artifact = self.tried(proposal)
            if artifact is None:
                return None
            root = self.project.project_dir.resolve()
            main = artifact.changes[0].path.relative_to(root)
            kind = "metric" if isinstance(proposal, MetricProposal) else "bridging_model"
            text = "\n".join(_shown(change, root) for change in artifact.changes)
            return Draft(kind, proposal.name, main.as_posix(), text, proposal.reason)
        except MetricSpeakError as error:
            _LOG.info("no draft: %s", error.message)
            return None
        except Exception:
            # A refusal without a draft is still a refusal.
            _LOG.exception("no draft could be made")
            return None

    def tried(self, proposal: Proposal) -> Artifact | None:
        """The files of a proposal; None where dbt does not parse them.

        Raises:
            CannotSave: the project has no place for it, or the name is taken.
        """
        artifact = self.artifact(proposal, proposal.name)
        return artifact if self._parses(artifact, proposal) else None

    def artifact(self, proposal: Proposal, name: str) -> Artifact:
        """The files of a proposal, under another name if wanted.

        Raises:
            CannotSave: the project has no place for it, or the name is taken.
        """
        layout = Layout(self.project, ensure_artifacts(self.project).manifest)
        taken = layout.taken(name)
        if taken is not None:
            raise CannotSave(
                f"The project has a {taken.kind} '{name}' already, in {taken.file}.",
                "Choose another name.",
            )
        if isinstance(proposal, MetricProposal):
            changes = _metric_changes(replace(proposal, name=name), layout, self.catalog)
            return Artifact(Kind.DRAFT, name, changes, notes=(proposal.reason,))
        changes = _bridge_changes(replace(proposal, name=name), layout, self.catalog)
        return Artifact(Kind.DRAFT, name, changes, build=(name,), notes=(proposal.reason,))

    def _parses(self, artifact: Artifact, proposal: Proposal) -> bool:
        """Whether dbt parses the project with it, and it leads where it should; remembered."""
        digest = hashlib.blake2b(self.catalog.fingerprint.encode(), digest_size=16)
        for change in artifact.changes:
            digest.update(str(change.path).encode())
            digest.update(change.after)
        verdict = cache_dir(self.project) / "drafts" / digest.hexdigest()
        try:
            return verdict.read_bytes() == b"1"
        except OSError:
            pass
        parses = works(self.project, artifact, proposal)
        try:
            write_atomically(verdict, b"1" if parses else b"0")
        except OSError:
            _LOG.info("the verdict on a draft could not be kept")
        return parses


def works(project: Project, artifact: Artifact, proposal: Proposal) -> bool:
    """Whether, with the draft in it, the project parses and has what was missing."""
    with scratch_project(project) as scratch:
        scratch.write(artifact.changes)
        try:
            scratch.parse()
        except MetricSpeakError as error:
            _LOG.info("a draft does not parse: %s", error.message)
            return False
        catalog = build_catalog(read_artifacts(scratch.project.target_path))
    if isinstance(proposal, MetricProposal):
        return artifact.name in catalog.metrics
    return any(
        e.dimension is not None and e.dimension.name == proposal.dimension_name and e.hops == 1
        for e in catalog.group_bys_by_metric.get(proposal.metric, ())
    )


def _metric_changes(
    proposal: MetricProposal, layout: Layout, catalog: SemanticCatalog
) -> tuple[FileChange, ...]:
    entry: dict[str, Any] = {
        "name": proposal.name,
        "label": plain(proposal.label),
        "description": plain(proposal.description),
        "type": "simple",
        "type_params": {"measure": proposal.measure},
    }
    if proposal.filters:
        one = len(proposal.filters) == 1
        entry["filter"] = proposal.filters[0] if one else list(proposal.filters)
    if proposal.format:
        entry["config"] = {"meta": {"format": proposal.format}}
    home = _semantic_file(proposal.semantic_model, layout)
    file = _metrics_file(proposal.semantic_model, layout, catalog) or home
    if proposal.agg is None:
        return (layout.add(file, ("metrics",), entry),)
    measure: dict[str, Any] = {
        "name": proposal.measure,
        "agg": proposal.agg,
        "expr": proposal.expr,
        "description": plain(proposal.description),
    }
    time = _missing_time(proposal.semantic_model, layout, catalog)
    if time:
        measure["agg_time_dimension"] = time
    path = ("semantic_models", _position(proposal.semantic_model, home, layout), "measures")
    measured = layout.add(home, path, measure)
    if file == home:
        both = layout.add(file, ("metrics",), entry, base=measured.after)
        return (both,)
    return (layout.add(file, ("metrics",), entry), measured)


def _bridge_changes(
    proposal: BridgeProposal, layout: Layout, catalog: SemanticCatalog
) -> tuple[FileChange, ...]:
    first = catalog.semantic_models[proposal.joins[0].target]
    key = next(e for e in first.entities if e.name == proposal.joins[0].entity)
    key_column = key.column or f"{key.name}_key"
    tree = _bridge_sql(proposal, key_column, catalog)
    node = next(n for n in layout.own("nodes") if n.get("name") == first.model)
    folder = PurePosixPath(str(node["original_file_path"])).parent
    root = layout.project.project_dir
    style = style_of(str(n.get("raw_code") or "") for n in layout.models_in(folder))
    sentence = f"-- {plain(proposal.dimension.label or proposal.dimension.name)} of each "
    sentence += f"{key.name.replace('_', ' ')}, which it is {len(proposal.joins) - 1} joins from.\n"
    sql = new_or_changed(
        root, root / folder / f"{proposal.name}.sql", sentence + style.write(tree, catalog)
    )
    if sql.before is not None:
        raise CannotSave(f"There is a file {sql.path} already.", "Choose another name.")
    tests = layout.tests_key
    model = {
        "name": proposal.name,
        "description": plain(proposal.reason),
        "columns": [
            _column(key_column, first.model, catalog, {tests: ["unique", "not_null"]}),
            _column(
                proposal.dimension_name,
                catalog.semantic_models[proposal.dimension.semantic_model].model,
                catalog,
                {},
                source=proposal.dimension.column,
                description=proposal.dimension.description,
            ),
        ],
    }
    described = layout.add_or_new(
        layout.model_file(folder), folder / f"_{proposal.name}.yml", "models", model
    )
    home = _semantic_file(first.name, layout)
    semantic = _semantic_entry(proposal, key_column)
    if (root / home).resolve() == described.path:
        base = described.after
        return (sql, layout.add(home, ("semantic_models",), semantic, base=base))
    return (sql, described, layout.add(home, ("semantic_models",), semantic))


def _semantic_entry(proposal: BridgeProposal, key_column: str) -> dict[str, Any]:
    dimension = proposal.dimension
    entry: dict[str, Any] = {"name": proposal.dimension_name, "type": dimension.type.value}
    if dimension.label:
        entry["label"] = plain(dimension.label)
    if dimension.description:
        entry["description"] = plain(dimension.description)
    if dimension.type is DimensionType.TIME:
        entry["type_params"] = {"time_granularity": dimension.grain or "day"}
    if dimension.synonyms:
        entry["config"] = {"meta": {"synonyms": [plain(s) for s in dimension.synonyms]}}
    return {
        "name": proposal.name,
        "model": f"ref('{proposal.name}')",
        "description": plain(proposal.reason),
        "entities": [{"name": proposal.joins[0].entity, "type": "primary", "expr": key_column}],
        "dimensions": [entry],
    }


def _bridge_sql(proposal: BridgeProposal, key_column: str, catalog: SemanticCatalog) -> exp.Query:
    dialect = catalog.adapter_type
    chain = proposal.joins
    key = _entity_expr(chain[0].target, chain[0].entity, catalog)
    value = _qualified(proposal.dimension.expr, proposal.dimension.semantic_model, dialect)
    tree = exp.select(
        aliased(key, key_column, dialect), aliased(value, proposal.dimension_name, dialect)
    ).from_(_table(chain[0].target, catalog))
    for join in chain[1:]:
        same = exp.EQ(
            this=_entity_expr(join.source, join.entity, catalog),
            expression=_entity_expr(join.target, join.entity, catalog),
        )
        tree = tree.join(_table(join.target, catalog), on=same, join_type="left")
    return tree


def _entity_expr(semantic_model: str, entity: str, catalog: SemanticCatalog) -> exp.Expr:
    found = next(e for e in catalog.semantic_models[semantic_model].entities if e.name == entity)
    return _qualified(found.expr, semantic_model, catalog.adapter_type)


def _qualified(text: str, alias: str, dialect: str) -> exp.Expr:
    try:
        tree = sqlglot.parse_one(text, dialect=dialect)
    except SqlglotError:
        raise CannotSave(f"The expr '{text}' of {alias} cannot be read.", "") from None
    for found in list(tree.find_all(exp.Column)):
        if not found.table:
            found.set("table", identifier(alias, dialect))
    return tree


def _table(semantic_model: str, catalog: SemanticCatalog) -> exp.Expr:
    relation = catalog.models[catalog.semantic_models[semantic_model].model].relation
    table = exp.Table(
        this=exp.to_identifier(relation.identifier, quoted=True),
        db=exp.to_identifier(relation.schema, quoted=True) if relation.schema else None,
        catalog=exp.to_identifier(relation.database, quoted=True) if relation.database else None,
    )
    return exp.alias_(table, identifier(semantic_model, catalog.adapter_type), table=True)


def _column(
    name: str,
    model: str,
    catalog: SemanticCatalog,
    more: Mapping[str, Any],
    source: str | None = None,
    description: str = "",
) -> dict[str, Any]:
    known = catalog.models[model].column(source or name)
    text = plain(description or (known.description if known else ""))
    return {
        "name": name,
        **({"description": text} if text else {}),
        **({"data_type": known.data_type} if known and known.data_type else {}),
        **more,
    }


def _semantic_file(name: str, layout: Layout) -> str:
    for node in layout.own("semantic_models"):
        if node.get("name") == name:
            return str(node["original_file_path"])
    raise CannotSave(f"The semantic model '{name}' belongs to another package.", "")


def _metrics_file(name: str, layout: Layout, catalog: SemanticCatalog) -> str | None:
    """The file that has metrics of this semantic model, else any that has metrics."""
    for node in layout.own("metrics"):
        metric = catalog.metrics.get(str(node.get("name")))
        if metric is not None and metric.semantic_models == (name,):
            return str(node["original_file_path"])
    return layout.file_of("metrics")


def _position(name: str, file: str, layout: Layout) -> int:
    content = yaml.safe_load((layout.project.project_dir / file).read_text("utf-8-sig"))
    for position, entry in enumerate(content["semantic_models"]):
        if entry.get("name") == name:
            return position
    raise CannotSave(f"{file} has no semantic model '{name}'.", "")


def _missing_time(name: str, layout: Layout, catalog: SemanticCatalog) -> str | None:
    """The time dimension that a measure must name, where the semantic model has no default."""
    for node in layout.own("semantic_models"):
        if node.get("name") == name and (node.get("defaults") or {}).get("agg_time_dimension"):
            return None
    dimensions = catalog.semantic_models[name].dimensions
    return next((d.name for d in dimensions if d.type is DimensionType.TIME), None)


def _shown(change: FileChange, root: Path) -> str:
    """What a change adds, under the name of its file."""
    name = change.path.relative_to(root).as_posix()
    before = (change.before or b"").decode("utf-8", "replace").splitlines()
    after = change.after.decode("utf-8").splitlines()
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    added = [
        line
        for tag, _, _, start, end in matcher.get_opcodes()
        if tag in {"insert", "replace"}
        for line in after[start:end]
    ]
    mark = "--" if name.endswith(".sql") else "#"
    return "\n".join([f"{mark} {name}", *added]).rstrip() + "\n"

"""From dbt's artifacts to a `SemanticCatalog`."""

from __future__ import annotations

from semantic.artifacts import Artifacts
from semantic.build_metrics import build_metrics, build_saved_queries
from semantic.build_models import build_models
from semantic.build_semantic_models import build_semantic_models
from semantic.catalog import GroupByElement, SemanticCatalog
from semantic.errors import ArtifactError
from semantic.reachability import Reachability, models_with_validity, read_time_spines


def build_catalog(artifacts: Artifacts) -> SemanticCatalog:
    """Build the catalog; no metrics or semantic models is not an error, it is an empty catalog.

    Raises:
        ArtifactError: The artifacts are JSON but not of the shape that dbt writes.
    """
    try:
        return _build(artifacts)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        raise ArtifactError(
            f"{artifacts.semantic_manifest_path} and {artifacts.manifest_path.name} beside it "
            f"do not have the shape that dbt writes ({type(error).__name__}: {error}).",
            "Run `dbt parse` to make them again.",
        ) from error


def _build(artifacts: Artifacts) -> SemanticCatalog:
    manifest, semantic_manifest = artifacts.manifest, artifacts.semantic_manifest
    models = build_models(manifest, artifacts.catalog)
    built = build_metrics(
        semantic_manifest,
        manifest,
        build_semantic_models(semantic_manifest, manifest, models),
    )
    spines = read_time_spines(semantic_manifest)
    reach = Reachability(built.semantic_models, spines, models_with_validity(semantic_manifest))
    # Metrics over the same measures share one tuple: most of a catalog's weight is here.
    seen: dict[object, tuple[GroupByElement, ...]] = {}
    group_bys = {}
    for name, uses in built.uses.items():
        key = tuple(
            (u.measure.semantic_model, u.measure.agg_time_dimension, u.grouped) for u in uses
        )
        if key not in seen:
            seen[key] = reach.for_measures(uses)
        group_bys[name] = seen[key]
    metadata = manifest.get("metadata") or {}
    return SemanticCatalog(
        project_name=str(metadata.get("project_name") or ""),
        adapter_type=str(metadata.get("adapter_type") or ""),
        fingerprint=artifacts.fingerprint,
        metrics=built.metrics,
        semantic_models=built.semantic_models,
        models=models,
        saved_queries=build_saved_queries(semantic_manifest),
        group_bys_by_metric=group_bys,
        list_group_bys=reach.listings(),
        custom_grains=tuple(spines.custom_grains),
        spine_grain=spines.finest,
    )

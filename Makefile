# Every target makes its own environment first; Python 3.11 and make are enough.
PYTHON ?= python3.11
V := .venv/bin
CAMPAIGN := campaign/interkulturelle-woche-2021

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv: requirements-dev.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: install it, or name another with make PYTHON=…"; exit 1; }
	@test -x $(V)/python || $(PYTHON) -m venv .venv
	$(V)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(V)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch .venv

demo: .venv ## Rehearse the shipped campaign: every card, every post, no account needed
	$(V)/integrado-poster rehearse $(CAMPAIGN) --out build/rehearsal

test: .venv ## Run the tests
	$(V)/python -m pytest

check: .venv ## Lint, types, import contracts, lock
	$(V)/ruff format --check .
	$(V)/ruff check .
	$(V)/mypy
	$(V)/lint-imports
	$(V)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	@! grep -nE 'https?://' requirements*.txt

fix: .venv ## Format, and mend what can be mended
	$(V)/ruff format .
	$(V)/ruff check --fix .

bench: .venv ## Measure, side by side in one run
	$(V)/python -m bench

bench-faults: .venv ## What each kind of trouble costs, on a simulated clock: a table
	$(V)/python -m bench.outages

crash: .venv ## Crash, kill and power down, for about a minute; N=10 for longer, SEED=n to repeat
	$(V)/python -m tests.crash $(N) $(if $(SEED),--seed $(SEED))

mutants: .venv ## Put faults into a copy of the source, and see that the suite notices each
	$(V)/python -m tests.mutants

crash-postgres: .venv ## The same on PostgreSQL: two workers killed, the server restarted
	$(V)/python -m tests.crash.cluster $(N)

hooks: .venv ## Run the quick checks before each commit from now on
	$(V)/prek install

lock: .venv ## Lock the dependencies anew, with hashes and without addresses
	$(V)/uv pip compile $(LOCK) pyproject.toml -o requirements.txt
	$(V)/uv pip compile $(LOCK) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt
LOCK := --quiet --upgrade --extra cluster --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links

clean: ## Throw away what was built
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

.PHONY: help demo test check fix bench bench-faults crash mutants crash-postgres hooks lock clean

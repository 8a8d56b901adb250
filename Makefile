# `make demo` shows the product on real repositories, `make test` runs every test and check.
# Both set up what they need (.venv, system packages) on a fresh Debian or Ubuntu with Python 3.11+.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PY := .venv/bin/python
BENCHES := campaign facts checks rewrite engine learning recovery

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  \1\t\2/' | expand -t 18
	@echo "  bench-NAME      One benchmark: $(BENCHES)"

.PHONY: user dev
user:
	@scripts/setup.sh user
dev:
	@scripts/setup.sh dev

.PHONY: demo
demo: user ## A real migration over 40+ real packages: find, change, check, deliver, report
	@$(PY) scripts/demo/run.py $(DEMO_ARGS)

.PHONY: demo-learn
demo-learn: user ## One file edited by hand, learned from, and carried through the same packages with no model
	@$(PY) scripts/demo/learn.py $(DEMO_ARGS)

.PHONY: test
test: check ## Everything: lint, types, layers, documentation, all tests
	$(PY) -m pytest -n 2 --dist worksteal

.PHONY: check
check: dev ## Lint, types, layer contracts, generated documentation (no tests)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache
	$(PY) scripts/docs.py --check

.PHONY: fix
fix: dev ## Format, mend what ruff can mend, rewrite generated documentation
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
	$(PY) scripts/docs.py

.PHONY: bench
bench: $(addprefix bench-,$(BENCHES)) ## Every benchmark; results in benchmarks/results/

.PHONY: bench-%
bench-%:
	@scripts/setup.sh bench
	$(PY) benchmarks/bench_$*.py $(BENCH_ARGS)

.PHONY: lock
lock: dev ## Renew the lock files
	scripts/lock.sh

.PHONY: clean
clean: ## Remove what the commands above made (.venv, demo, caches)
	rm -rf .venv demo-work benchmarks/work .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

# From a bare Debian with git, make and Python 3.11 or newer to a running platform. `make help` lists the commands.
MAKEFLAGS += --no-print-directory
PYTHON := .venv/bin/python
UV := .tools/bin/uv
COMPILE := $(UV) pip compile --quiet --system-certs --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset audit test prove bench check lock messages

help: ## List these commands
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' Makefile | expand -t 14

setup: ## Install what the platform needs, into this folder where that is possible
	@scripts/setup.sh

demo: setup ## Serve the platform on http://localhost:8000 (PORT= for another port)
	@$(PYTHON) -m demo.supervisor

demo-reset: setup ## The same, after deleting the demo's data
	@$(PYTHON) -m demo.supervisor --reset

audit: setup ## Prove that the seats of the demo's data are as they must be, while it runs or not
	@$(PYTHON) -m demo.audit

test: ## Run all tests (ARGS= goes to pytest)
	@scripts/setup.sh chromium
	@$(PYTHON) -m pytest -n 2 --dist worksteal $(ARGS)

prove: ## Run the proofs that take too long for `make test` (ARGS= goes to pytest)
	@scripts/setup.sh chromium
	@$(PYTHON) -m pytest -m prove $(ARGS)

bench: setup ## Measure, into benchmarks/results.md (ONLY= names entries)
	@$(PYTHON) -m benchmarks $(ONLY)

check: setup ## Run the static checks
	@$(PYTHON) -m scripts.check

messages: setup ## Collect the texts to translate into locale/
	@$(PYTHON) manage.py update_messages

lock: setup ## Choose the newest versions that pyproject.toml allows, and write them down with their hashes
	@$(COMPILE) -o requirements/base.txt pyproject.toml
	@$(COMPILE) -o requirements/dev.txt -c requirements/base.txt \
		--group demo --group test --group check pyproject.toml
	@$(COMPILE) -o requirements/tools.txt --group tools

# Everything one does with this repository. `make` alone lists it.
#
# Needs make, git and Python 3.11 or newer; all else is installed into .venv by hash.

PYTHON ?= python3
ARGS ?=
ENVIRONMENTS := local staging production

VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
INSTALLED := $(VENV)/.installed
# With what measuring needs beside, for `make bench` and `make mutate`.
MEASURING := $(VENV)/.measuring
# LocalStack has packages of its own, in versions of its own.
LOCALSTACK := .venv-localstack/.installed
# uv takes seconds where pip takes two minutes. Whose index only pip's own settings know is served
# by pip: whichever it is, every file is checked against its hash.
PIP := -m pip install -qq --disable-pip-version-check
OPTIONS := --only-binary=:all: --require-hashes --requirement
install = { "$(1)/bin/python" $(PIP) $(OPTIONS) requirements/installer.txt && \
	"$(1)/bin/uv" pip install --quiet --system-certs --python "$(1)/bin/python" $(OPTIONS) $(2); } || \
	{ echo "uv could not install them; pip tries."; "$(1)/bin/python" $(PIP) $(OPTIONS) $(2); }
RUN := PYTHONPATH="$(CURDIR)/localstack:$(CURDIR)" "$(BIN)/python" -m
STATE := $(or $(BOXOFFICE_STATE_DIR),.boxoffice)

# It makes every start two to three times slower.
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

.DEFAULT_GOAL := help
.PHONY: help up localstack localstack-host test-localstack test check bench synth deploy destroy idle-cost sizes openapi import audit reconcile metrics rotate-keys soak kills contract cancellation readme logs trace blackbox races model clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: $(INSTALLED) ## run all of Boxoffice here, until Ctrl-C (settings: README.md)
	@$(subst PYTHONPATH,exec env PYTHONPATH,$(RUN)) embedded.up

localstack: $(INSTALLED) ## run all of Boxoffice on LocalStack and Postgres in Docker, until Ctrl-C
	@$(subst PYTHONPATH,exec env PYTHONPATH,$(RUN)) host.containers

localstack-host: $(INSTALLED) $(LOCALSTACK) ## run all of Boxoffice on LocalStack without Docker, until Ctrl-C
	@$(subst PYTHONPATH,exec env PYTHONPATH,$(RUN)) host.up

test: $(INSTALLED) ## run every test (ARGS="-k name" for some)
	@"$(BIN)/pytest" -q --numprocesses 3 --dist loadscope --no-loadscope-reorder $(ARGS)

test-localstack: $(INSTALLED) $(LOCALSTACK) ## run part of the end-to-end suite on LocalStack without Docker (ARGS="tests" for others)
	@$(RUN) host.suite $(ARGS)

check: $(INSTALLED) ## formatting, lint, types, imports between domains, money, security, templates
	@"$(BIN)/ruff" format --check --quiet .
	@"$(BIN)/ruff" check --quiet .
	@"$(BIN)/mypy" functions infra localstack statemachines
	@"$(BIN)/mypy" conftest.py
	@PYTHONPATH=localstack "$(BIN)/lint-imports" --no-logo
	@$(RUN) embedded.money
	@"$(BIN)/bandit" -q -c pyproject.toml -r functions infra localstack statemachines
	@PATH="$(BIN):$$PATH" $(RUN) infra.check

bench: $(MEASURING) ## measure, and write docs/performance.md (ARGS=scale for one part)
	@$(RUN) embedded.bench $(ARGS)

synth: $(INSTALLED) ## write the templates of every environment to cdk.out/
	@for environment in $(ENVIRONMENTS); do \
		$(RUN) embedded.synth --environment $$environment --out cdk.out/$$environment || exit 1; \
	done

deploy: $(INSTALLED) ## deploy to AWS: make deploy ENV=staging (CONFIRM=boxoffice-production for production)
	@$(RUN) infra.deployment deploy "$(ENV)" --confirmed "$(CONFIRM)"

destroy: $(INSTALLED) ## delete what was deployed: make destroy ENV=staging
	@$(RUN) infra.deployment destroy "$(ENV)" --confirmed "$(CONFIRM)"

idle-cost: $(INSTALLED) ## what staging and production cost a month while nobody uses them, item by item
	@PATH="$(BIN):$$PATH" $(RUN) infra.idle_cost

sizes: $(INSTALLED) ## how large what is uploaded for each domain is
	@$(RUN) infra.bundles

soak: $(INSTALLED) ## let anything happen in any order: make soak MINUTES=60 [SEED=1]
	@BOXOFFICE_SOAK_MINUTES="$(or $(MINUTES),10)" BOXOFFICE_SOAK_SEED="$(or $(SEED),$(shell date +%s))" \
		"$(BIN)/pytest" -q statemachines/tests/test_any_order_of_events.py -k keeps_every_promise

openapi: $(INSTALLED) ## write the OpenAPI document from the routes
	@$(RUN) infra.openapi

import: $(INSTALLED) ## load a data set into the running stack: make import DIR=folder
	@test -n "$(DIR)" || { echo "Say which folder: make import DIR=../shared/data/etsr" >&2; exit 1; }
	@$(RUN) embedded.importer "$(DIR)"

audit: $(INSTALLED) ## check every promise in all that the running stack stores (ARGS=--at-rest)
	@$(RUN) functions.audit $(ARGS)

reconcile: $(INSTALLED) ## compare our payments with the providers' own accounts (ARGS="--since 2026-11-01")
	@$(RUN) functions.payments.reconciliation $(ARGS)

rotate-keys: $(INSTALLED) ## take the next step of rotating the keys of access tokens (ARGS="--environment staging", or --now)
	@$(RUN) functions.users.key_rotation $(ARGS)

kills: $(INSTALLED) ## kill workers and Postgres 50 times during 200 bookings (BOXOFFICE_SEED=n)
	@BOXOFFICE_LONG=1 "$(BIN)/pytest" -q -s localstack/tests/e2e/test_kills.py $(ARGS)

contract: $(INSTALLED) ## ask the API whatever its document allows, and what not: make contract MINUTES=60 [BOXOFFICE_SEED=1]
	@BOXOFFICE_CONTRACT_SECONDS="$$(( $(or $(MINUTES),10) * 60 ))" BOXOFFICE_SEED="$(or $(BOXOFFICE_SEED),$(shell date +%s))" \
		"$(BIN)/pytest" -q -s localstack/tests/contract --timeout 0 $(ARGS)

cancellation: $(INSTALLED) ## cancel an event of 500 orders while one provider call in five fails (BOXOFFICE_SEED=n)
	@BOXOFFICE_LONG=1 "$(BIN)/pytest" -q -s localstack/tests/e2e/test_event_cancellation.py $(ARGS)

readme: $(INSTALLED) ## paste every command of the README into the running stack
	@$(RUN) embedded.readme $(ARGS)

metrics: $(INSTALLED) ## what the running stack has counted since it started (ARGS=--watch)
	@$(RUN) embedded.metrics $(ARGS)

logs: ## follow the logs of the running stack
	@tail -n 20 -F "$(STATE)"/logs/*.log

trace: $(INSTALLED) ## tell the story of one order from the logs: make trace ORDER=<id> (ARGS="--on staging" for AWS, --reads for all)
	@test -n "$(ORDER)" || { echo "Say which order: make trace ORDER=<its id>" >&2; exit 1; }
	@$(RUN) embedded.trace "$(ORDER)" $(ARGS)

faults: $(INSTALLED) ## break a booking, and a cancelled event, at every point in every way (some 5,000 runs, an hour)
	@BOXOFFICE_FAULT_STRIDE=1 "$(BIN)/pytest" -q statemachines/tests/test_crash_points.py \
		statemachines/tests/test_event_cancellation.py

blackbox: $(INSTALLED) ## ask any deployment what it should refuse: make blackbox URL=https://... (localstack/README.md)
	@BOXOFFICE_URL="$(URL)" "$(BIN)/pytest" -q localstack/tests/blackbox $(ARGS)

races: $(INSTALLED) ## race crowds for seats in 20 rounds, each of its own seed, and print figures (ARGS="-k crowd" for some)
	@BOXOFFICE_RACES=$(or $(BOXOFFICE_RACES),20) "$(BIN)/pytest" -q -s localstack/tests/e2e/test_races.py $(ARGS)

mutate: $(MEASURING) ## plant defects in the rules one by one, and see the tests notice (ONLY=part of a file's name, ARGS="--every 4")
	@$(RUN) embedded.mutation $(ONLY) $(ARGS)

model: $(INSTALLED) ## search every state of the model of bookings (ARGS="word" for some, with traces)
	@$(RUN) functions.seating.tests.model $(ARGS)

clean: ## delete what can be made again (not .venv, not the stack's state)
	@rm -rf cdk.out build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.venv*' -prune -exec rm -rf {} +

$(INSTALLED): requirements/dev.txt
	@command -v "$(PYTHON)" >/dev/null || \
		{ echo "Boxoffice: $(PYTHON) is not there. Name a Python: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Boxoffice needs Python 3.11 or newer; $(PYTHON) is $$("$(PYTHON)" -V). Name another: make PYTHON=python3.12" >&2; exit 1; }
	@echo "Installing the tools into $(VENV), once ..."
	@"$(PYTHON)" -m venv $(VENV) || \
		{ echo "Boxoffice: $(PYTHON) can't make a venv (on Debian: apt install python3-venv)." >&2; exit 1; }
	@$(call install,$(VENV),$<) || \
		{ echo "Boxoffice: a package could not be installed ready-made on $$("$(PYTHON)" -V); its name is above." >&2; exit 1; }
	@touch $@

$(LOCALSTACK): requirements/localstack.txt
	@echo "Installing LocalStack into .venv-localstack, once (500 MB, a minute or two) ..."
	@"$(PYTHON)" -m venv .venv-localstack
	@$(call install,.venv-localstack,$< --no-deps) || { echo "Boxoffice: a package could not be installed; its name is above." >&2; exit 1; }
	@touch $@

$(MEASURING): requirements/measure.txt $(INSTALLED)
	@echo "Installing what measuring needs into $(VENV), once ..."
	@$(call install,$(VENV),$<) || { echo "Boxoffice: a package could not be installed; its name is above." >&2; exit 1; }
	@touch $@

# Everything a developer does, one word each. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
STAGE ?= dev
REF ?= HEAD
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
NODE_READY := $(VENV)/node-ready
DYNALITE := tests/adapters/dynalite
DYNALITE_READY := $(DYNALITE)/node_modules/.package-lock.json
ASYNCAPI := tests/derive/specification
ASYNCAPI_READY := $(ASYNCAPI)/node_modules/.package-lock.json
CLIENT := clients/javascript
BENCH_READY := $(VENV)/bench-ready
DOCS_READY := $(VENV)/docs-ready
CLIENT_READY := $(CLIENT)/node_modules/.package-lock.json
E2E ?= short
PYTEST := $(BIN)/python -m pytest
# Settings of a stage, as in CONTEXT="auth_mode=none topic_shards=4", and the application's events, a module or a path.
SETTINGS = $(addprefix -c ,$(CONTEXT) $(if $(EVENTS),events=$(EVENTS)))

.PHONY: help setup run test test-events wheels receipt schedule simulate benchmark clients types asyncapi compare-events docs check lint cost load ops verify synth deploy lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(READY): requirements/dev.lock scripts/setup-python
	@scripts/setup-python $(PYTHON) $(VENV)
	@touch $@

$(NODE_READY): $(READY) requirements/node.lock
	@scripts/setup-node $(VENV)
	@touch $@

$(DYNALITE_READY): $(NODE_READY) $(DYNALITE)/package-lock.json
	@echo "Installing dynalite, the second DynamoDB of the adapters' tests (once)"
	@scripts/npm-ci $(DYNALITE)
	@touch $@

$(ASYNCAPI_READY): $(NODE_READY) $(ASYNCAPI)/package-lock.json
	@echo "Installing AsyncAPI's own schema, which the document is checked with (once)"
	@scripts/npm-ci $(ASYNCAPI)
	@touch $@

$(BENCH_READY): $(READY) requirements/bench.lock
	@echo "Installing what the benchmark compares with (once)"
	@$(BIN)/python -m venv $(VENV)/bench
	@$(VENV)/bench/bin/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r requirements/bench.lock
	@touch $@

$(DOCS_READY): $(READY) requirements/docs.lock
	@echo "Installing what the documentation is built with (once)"
	@$(BIN)/python -m venv $(VENV)/docs
	@$(BIN)/uv pip install --quiet --python $(VENV)/docs/bin/python --require-hashes -r requirements/docs.lock
	@touch $@

$(CLIENT_READY): $(NODE_READY) $(CLIENT)/package-lock.json
	@echo "Installing what the JavaScript client is built and tested with (once)"
	@scripts/npm-ci $(CLIENT)
	@touch $@

setup: $(READY) $(NODE_READY) ## install what is missing into .venv (run and test do it by themselves)

run: setup ## serve the whole system at ws://localhost:8000/api/v1/ws (EVENTS=shop.events or a path, CONTEXT as for deploy)
	@exec $(BIN)/python -m local $(SETTINGS) $(ARGS)

test-events: setup ## check the application's declarations, and list them: EVENTS=shop.events or a path
	@$(BIN)/python -m derive check $(if $(EVENTS),--events $(EVENTS))

test: setup $(DYNALITE_READY) $(ASYNCAPI_READY) $(CLIENT_READY) ## run the tests (ALL=1: those that take minutes, too, as CI does; ARGS="tests/unit -k name": some of the Python tests)
	@$(if $(ARGS),$(PYTEST) -n auto $(ARGS),scripts/test-all $(BIN) $(E2E) $(if $(ALL),,-m "not slow"))
	@echo "Tests passed.$(if $(ALL)$(ARGS),, Left out: those that take minutes. 'make test ALL=1' and CI run them, too.) Next: 'make check', then commit."

receipt: setup ## what became of an event of the running local system, and who has not got it yet: ID=… (USER_ID=…)
	@$(BIN)/python -m ops why $(or $(ID),$(error Say which: make receipt ID=the-event's-id)) $(USER_ID)

schedule: setup ## what the running local system has planned: for whom, and when
	@$(BIN)/python -m local.planned

simulate: setup ## live through SEEDS histories of faults in one process (START= PROFILE= JOBS= SECONDS= CODE= BESIDE=)
	@$(BIN)/python -m simulation $(if $(SEEDS),--seeds $(SEEDS)) $(if $(START),--start $(START)) \
	  $(if $(PROFILE),--profile $(PROFILE)) $(if $(JOBS),--jobs $(JOBS)) $(if $(SECONDS),--seconds $(SECONDS)) \
	  $(if $(CODE),--version $(CODE)) $(if $(BESIDE),--version $(BESIDE) --version .) $(ARGS)

benchmark: $(BENCH_READY) ## measure the fan-out: CPU per post, publisher, linearity, exact counts, dollars; and cold starts (FULL=1: longer)
	@$(BIN)/python -m benchmarks.fan_out $(if $(FULL),--full)

ops: setup ## look after a stage: STAGE=local ARGS="doctor", or redrive, connections, why, tail, drain, policy
	@$(BIN)/python -m ops --stage $(STAGE) $(ARGS)

verify: setup ## hold a running stage to its contract, from outside: STAGE=local, FULL=1, ARGS="--only security"
	@$(BIN)/python -m verify --stage $(STAGE) $(if $(FULL),--full) $(ARGS)

cost: setup ## a month's bill: CONNECTIONS=1000 EVENTS=100000 AUDIENCE=100 STAGE=prod ARGS="--heartbeat 300 --no-pongs"
	@$(BIN)/python -m benchmarks.cost --stage $(STAGE) $(if $(CONNECTIONS),--connections $(CONNECTIONS)) \
	  $(if $(EVENTS),--events $(EVENTS)) $(if $(AUDIENCE),--audience $(AUDIENCE)) $(ARGS)

load: setup ## clients on a running stage, and the latency of each delivery: CLIENTS=2000 EVENTS=20 ARGS="--rate 5"
	@$(BIN)/python -m benchmarks.load $(if $(CLIENTS),--clients $(CLIENTS)) $(if $(EVENTS),--events $(EVENTS)) $(ARGS)

wheels: $(READY) ## build what other projects install into dist/: tidings, tidings-local, tidings-cdk
	@scripts/build-wheels $(BIN) dist
	@echo "Install them anywhere: pip install dist/*.whl; then 'tidings new NAME' makes a project"

clients: setup $(CLIENT_READY) ## build and test the JavaScript client, hook, extension and page (E2E=full: longer tests too)
	@scripts/test-clients $(E2E)

types: setup ## write what is derived from events/ and kept: TypeScript, the protocol's table (another's TypeScript: EVENTS=module OUT=file)
	@$(BIN)/python -m derive types $(if $(EVENTS),--events $(EVENTS)) $(if $(OUT),--out $(OUT))
	@$(if $(EVENTS)$(OUT),,$(BIN)/python -m derive table docs/protocol.md)

asyncapi: setup ## write the AsyncAPI 3.0 document and EventBridge's JSON Schemas (EVENTS=module OUT=folder)
	@$(BIN)/python -m derive asyncapi $(if $(EVENTS),--events $(EVENTS)) $(if $(OUT),--out $(OUT))

compare-events: setup ## tell what changed in events/ since REF=HEAD, and fail when it breaks consumers or producers (EVENTS=module or path)
	@$(BIN)/python -m derive compare $(REF) $(if $(EVENTS),--events $(EVENTS))

docs: $(DOCS_READY) ## build the documentation as a site into .cache/site
	@NO_MKDOCS_2_WARNING=1 $(VENV)/docs/bin/mkdocs build --quiet
	@echo "Documentation: .cache/site/index.html"

check: setup ## format, lint, types, import rules, the template, the docs: reports, never rewrites
	@scripts/check $(BIN)

lint: setup ## fix what the linter and the formatter can fix
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .
	@echo "Formatted. Next: 'make check'."

synth: setup ## write the CloudFormation template to cdk.out (no account, no Docker; network the first time only); CONTEXT, EVENTS as for deploy
	@scripts/cdk $(VENV) synth --quiet -c stage=$(STAGE) $(SETTINGS)
	@echo "Template: cdk.out/tidings-$(STAGE).template.json"

deploy: setup ## deploy STAGE (dev or prod) with your AWS credentials: CONTEXT="auth_mode=none alarm_email=…" EVENTS=shop.events
	@scripts/cdk $(VENV) deploy -c stage=$(STAGE) $(SETTINGS)

lock: $(READY) ## write requirements/*.lock anew from requirements/*.in
	@for name in setup lambda dev node docs; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-header --no-annotate requirements/$$name.in -o requirements/$$name.lock; \
	done
	@echo "Locks written. Next: 'make test'."

clean: ## remove everything that was generated
	@rm -rf $(VENV) .cache cdk.out node_modules .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis $(CLIENT)/node_modules clients/*/dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "Clean."

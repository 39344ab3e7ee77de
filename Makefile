# Everything below needs only Python 3.11 or newer with venv, git and make.
PYTHON ?= python3
ARGS ?=
MINUTES ?= 10
SEED ?=
# The shell's parent is make, whose end is to be the end of what it started.
DEV = @DEV_PARENT_PID=$$PPID exec $(PYTHON) -m dev

.PHONY: help demo test attacks lint reset bench lighthouse images crash soak

.DEFAULT_GOAL := help

help: ## Show these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Run the whole product with a sandbox tenant (DEMO_PORT, SANDBOX_PORT)
	$(DEV) demo

test: ## Run the tests with throw-away services (ARGS="-k word")
	$(DEV) test $(ARGS)

attacks: ## Run the tests of docs/security.md and say how each row fared
	$(DEV) test -m attack $(ARGS)

lint: ## Check style, types and who imports whom
	$(DEV) lint

reset: ## Drop the demo's data
	$(DEV) reset

bench: ## Measure (ARGS="vault" for one part)
	$(DEV) run -- python -m bench $(ARGS)

lighthouse: ## Rate the inbox for accessibility, good practice and speed
	$(DEV) run -- python -m bench.lighthouse

crash: ## Break every fail-point in every way (ARGS="sent kill --times 20")
	$(DEV) run -- python -m tests.crash $(ARGS)

soak: ## Run everything under faults (MINUTES=10, SEED=1, ARGS="--write docs/faults.md")
	$(DEV) run -- python -m soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) $(ARGS)

images: ## Make the documentation's pictures
	$(DEV) run -- python -m bench.images $(ARGS)

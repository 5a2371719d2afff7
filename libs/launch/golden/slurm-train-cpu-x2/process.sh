#!/bin/bash
set -euo pipefail

export JAX_PLATFORMS=cpu
export ORRERY_HEAD="$ORRERY_HEAD_ADDRESS"
export ORRERY_RANK="$SLURM_PROCID"
exec python3 '/fsx/bundles/bounce df/run.py' '/fsx/bundles/bounce df' --data /fsx/data/bounce-full --out /fsx/runs/bounce-df --platform cpu --steps 5000 \
  --coordinator "$ORRERY_HEAD:$((41001 + 2 * ${SLURM_RESTART_COUNT:-0}))" \
  --processes 2 --process "$ORRERY_RANK"

#!/bin/bash
set -euo pipefail

export XLA_FLAGS=--xla_gpu_enable_latency_hiding_scheduler=true
export JAX_COMPILATION_CACHE_DIR=/fsx/cache
export FI_PROVIDER=efa
export FI_EFA_USE_HUGE_PAGE=0
export NCCL_SOCKET_IFNAME=en
export ORRERY_HEAD="$ORRERY_HEAD_ADDRESS"
export ORRERY_RANK="$SLURM_PROCID"
exec python3 '/fsx/bundles/bounce df/run.py' '/fsx/bundles/bounce df' --data /fsx/data/bounce-full --out /fsx/runs/bounce-df --platform cuda --steps 5000 --cache /fsx/cache \
  --coordinator "$ORRERY_HEAD:$((41001 + 2 * ${SLURM_RESTART_COUNT:-0}))" \
  --processes 2 --process "$ORRERY_RANK"

#!/bin/bash
set -euo pipefail

export NEURON_PJRT_PROCESSES_NUM_DEVICES=32,32
export NEURON_RT_NUM_CORES=32
export NEURON_CC_FLAGS='--target=trn1 --lnc=1 --auto-cast=none --native-int64=disabled --implicit-integer-downcast=none --retry_failed_compilation'
export NEURON_RT_EXEC_TIMEOUT=600
export NEURON_RT_STOCHASTIC_ROUNDING_EN=0
export NEURON_COMPILE_CACHE_URL=/fsx/cache
export MALLOC_ARENA_MAX=64
export FI_PROVIDER=efa
export FI_EFA_USE_DEVICE_RDMA=1
export FI_LOG_LEVEL=warn
export ORRERY_HEAD="$ORRERY_HEAD_ADDRESS"
export ORRERY_RANK="$SLURM_PROCID"
export NEURON_RT_ROOT_COMM_ID="$ORRERY_HEAD:$((41000 + 2 * ${SLURM_RESTART_COUNT:-0}))"
export NEURON_PJRT_PROCESS_INDEX="$ORRERY_RANK"
exec python3 '/fsx/bundles/bounce df/run.py' '/fsx/bundles/bounce df' --data /fsx/data/bounce-full --out /fsx/runs/bounce-df --platform neuron --steps 5000 --cache /fsx/cache \
  --coordinator "$ORRERY_HEAD:$((41001 + 2 * ${SLURM_RESTART_COUNT:-0}))" \
  --processes 2 --process "$ORRERY_RANK"

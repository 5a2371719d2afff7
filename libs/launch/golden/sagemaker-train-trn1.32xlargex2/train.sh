#!/bin/bash
set -euo pipefail

# Who takes part is in a file; the first by name is process 0.
read -r head index < <(python3 -c 'import json; c = json.load(open("/opt/ml/input/config/resourceconfig.json")); h = sorted(c["hosts"]); print(h[0], h.index(c["current_host"]))')
export NEURON_PJRT_PROCESSES_NUM_DEVICES=32,32
export NEURON_RT_NUM_CORES=32
export NEURON_CC_FLAGS='--target=trn1 --lnc=1 --auto-cast=none --native-int64=disabled --implicit-integer-downcast=none --retry_failed_compilation'
export NEURON_RT_EXEC_TIMEOUT=600
export NEURON_RT_STOCHASTIC_ROUNDING_EN=0
export NEURON_COMPILE_CACHE_URL=/opt/ml/input/data/shared/cache
export MALLOC_ARENA_MAX=64
export FI_PROVIDER=efa
export FI_EFA_USE_DEVICE_RDMA=1
export FI_LOG_LEVEL=warn
export ORRERY_HEAD="$head"
export ORRERY_RANK="$index"
export NEURON_RT_ROOT_COMM_ID="$ORRERY_HEAD:41000"
export NEURON_PJRT_PROCESS_INDEX="$ORRERY_RANK"
exec python3 '/opt/ml/input/data/shared/bundles/bounce df/run.py' '/opt/ml/input/data/shared/bundles/bounce df' --data /opt/ml/input/data/shared/data/bounce-full --out /opt/ml/input/data/shared/runs/bounce-df --platform neuron --steps 5000 --cache /opt/ml/input/data/shared/cache \
  --coordinator "$ORRERY_HEAD:41001" \
  --processes 2 --process "$ORRERY_RANK"

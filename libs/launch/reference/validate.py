"""Holds what the engines are given against what others say it must be: the pydantic models of JobSet, the JSON schemas
of Kubernetes, the service models of SageMaker and Batch, and the schemas of SkyPilot and ParallelCluster where they are
installed.

Prints what was read, by kind, as JSON; raises at the first that does not fit. `--self-test` shows that a wrong one is refused.
"""

import collections
import json
import pathlib
import sys

import botocore.session
import botocore.validate
import kubernetes_validate
import yaml
from kubeflow_trainer_api.models.jobset_v1alpha2_job_set import JobsetV1alpha2JobSet

KUBERNETES = "1.32"
read = collections.defaultdict(list)


def pod(spec, where):
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": spec}
    kubernetes_validate.validate(body, KUBERNETES, strict=True)
    read["Pod"].append(where)


def job_set(body, where):
    # The models drop what they do not know: what comes back must be what went in.
    known = JobsetV1alpha2JobSet.from_dict(body).to_dict()
    same(body, known, where)
    read["JobSet"].append(where)
    for job in body["spec"]["replicatedJobs"]:
        spec = job["template"]["spec"]
        kubernetes_validate.validate(
            {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "x"}, "spec": spec}, KUBERNETES, strict=True
        )
        pod(spec["template"]["spec"], f"{where} {job['name']}")


def same(given, known, where):
    if isinstance(given, dict):
        for key, value in given.items():
            if key not in known:
                raise ValueError(f"{where}: {key} is not in the model")
            same(value, known[key], f"{where}.{key}")
    elif isinstance(given, list):
        for i, value in enumerate(given):
            same(value, known[i], f"{where}.{i}")
    elif given != (int(known) if isinstance(known, float) else known):
        raise ValueError(f"{where}: {given} was read as {known}")


def request(service, operation, body, where):
    model = botocore.session.get_session().get_service_model(service).operation_model(operation)
    report = botocore.validate.ParamValidator().validate(body, model.input_shape)
    if report.has_errors():
        raise ValueError(f"{where}: {report.generate_report()}")
    for name, allowed in enums(model.input_shape):
        if name in body and body[name] not in allowed:
            raise ValueError(f"{where}: {name} {body[name]} is none of {allowed}")
    read[operation].append(where)


def enums(shape):
    for name, member in shape.members.items():
        if getattr(member, "enum", None):
            yield name, member.enum


def sky_task(body, where):
    try:
        from sky.utils import schemas
    except ImportError:
        return
    import jsonschema

    jsonschema.validate(body, schemas.get_task_schema())
    read["SkyPilot task"].append(where)


def parallel_cluster(body, where):
    try:
        from pcluster.schemas.cluster_schema import ClusterSchema
    except ImportError:
        return
    ClusterSchema(cluster_name="x").load(body)
    read["ParallelCluster"].append(where)


def check(path):
    text = path.read_text()
    where = f"{path.parent.name}/{path.name}"
    if path.name == "job.yaml":
        job_set(yaml.safe_load(text), where)
    elif path.name in ("files.yaml", "deployment.yaml", "service.yaml", "disruption.yaml"):
        body = yaml.safe_load(text)
        kubernetes_validate.validate(body, KUBERNETES, strict=True)
        read[body["kind"]].append(where)
    elif path.name == "create-training-job.json":
        request("sagemaker", "CreateTrainingJob", json.loads(text), where)
    elif path.parent.name.startswith("batch-"):
        request("batch", "RegisterJobDefinition", json.loads(text), where)
    elif path.name == "cluster.yaml":
        parallel_cluster(yaml.safe_load(text), where)
    elif path.name == "task.yaml":
        sky_task(yaml.safe_load(text), where)


def self_test():
    wrong = [
        lambda: job_set({"apiVersion": "jobset.x-k8s.io/v1alpha2", "kind": "JobSet", "spec": {"replicas": 2}}, "x"),
        lambda: pod({"containers": [{"name": "x", "imge": "y"}]}, "x"),
        lambda: kubernetes_validate.validate(
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}, "spec": {"replica": 2}}, KUBERNETES, strict=True
        ),
        lambda: request("sagemaker", "CreateTrainingJob", {"TrainingJobName": "x"}, "x"),
        lambda: request("batch", "RegisterJobDefinition", {"jobDefinitionName": "x", "type": "multi"}, "x"),
    ]
    for one in wrong:
        try:
            one()
        except Exception:
            continue
        sys.exit("a wrong one was accepted")
    print("all refused")


if sys.argv[1:] == ["--self-test"]:
    self_test()
else:
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*/*")):
        check(path)
    print(json.dumps(read))

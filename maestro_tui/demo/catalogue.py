"""The Maestro streams and groups that the simulated services use."""

PREFIX = "maestro:streams"

JOBS = f"{PREFIX}:automation:jobs"
HEALING = f"{PREFIX}:automation:healing"
ERRORS = f"{PREFIX}:automation:errors"
VALIDATION = f"{PREFIX}:automation:validation"
RESULTS = f"{PREFIX}:automation:results"
K8S_JOBS = f"{PREFIX}:k8s:jobs"
K8S_RESULTS = f"{PREFIX}:k8s:results"
K8S_STATUS = f"{PREFIX}:k8s:status"
TEMPLATE_REQUESTS = f"{PREFIX}:templates:requests"
TEMPLATE_RESULTS = f"{PREFIX}:templates:results"
TEMPLATE_USAGE = f"{PREFIX}:templates:usage"

AUTOMATION_GROUP = "maestro-automation-workers"
HEALING_GROUP = "maestro-healing-workers"
MONITORING_GROUP = "maestro-monitoring-workers"
VALIDATION_GROUP = "maestro-validation-workers"
K8S_GROUP = "maestro-k8s-workers"
TEMPLATE_GROUP = "maestro-template-workers"

# The automation service creates each of its groups on each of its streams; most are never read.
HABIT_STREAMS = (JOBS, HEALING, ERRORS, VALIDATION, RESULTS)
HABIT_GROUPS = (AUTOMATION_GROUP, HEALING_GROUP, MONITORING_GROUP)

READ_STREAMS = (JOBS, HEALING, ERRORS, VALIDATION, K8S_JOBS, TEMPLATE_REQUESTS)
WRITE_ONLY_STREAMS = (RESULTS, K8S_RESULTS, K8S_STATUS, TEMPLATE_RESULTS, TEMPLATE_USAGE)

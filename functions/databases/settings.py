"""Where the cluster is, and who owns it."""

from functions.shared.settings import Settings


class ClusterSettings(Settings):
    cluster_host: str
    cluster_port: int = 5432
    cluster_owner: str
    cluster_owner_secret_arn: str

"""The way to people's mailboxes: a function outside every network, and the sender's identity."""

from email.utils import parseaddr

from aws_cdk import aws_iam as iam
from aws_cdk import aws_ses as ses
from constructs import Construct

from infra.constructs.domain_function import DomainFunction
from infra.environments import Environment
from infra.timeouts import TASK_SECONDS


class MailLine(Construct):
    """`users-mailer`, which sends as the environment's sender and as nobody else.

    The identity is the sender's domain. SES sends once the records it asks for are in the domain's
    DNS, and to anybody once the account is out of SES's sandbox; until then mail is tried again.
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        _, address = parseaddr(environment.mail_sender)
        identity = ses.EmailIdentity(
            self, "Sender", identity=ses.Identity.domain(address.rpartition("@")[2])
        )
        function = DomainFunction(
            self,
            "Function",
            environment=environment,
            domain="users",
            role="mailer",
            timeout_seconds=TASK_SECONDS,
        )
        function.add_environment("MAIL_SENDER", environment.mail_sender)
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["ses:SendEmail"],
                resources=[identity.email_identity_arn],
                conditions={"StringEquals": {"ses:FromAddress": address}},
            )
        )

    def serve(self, function: DomainFunction) -> None:
        """Let a function of users send mail."""
        function.may_invoke("users", "mailer")

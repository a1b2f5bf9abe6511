"""What sends mail for the domain's tasks; deployed as `users-mailer`.

It stands outside the private network, which has no way to SES, and has no database: it sends what
it is given. SES in its first version, as LocalStack's free edition has no second.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from botocore.exceptions import ClientError
from email_validator import EmailNotValidError, validate_email
from pydantic import Field

from functions.shared import aws
from functions.shared.problems import ServiceUnavailable
from functions.shared.settings import Settings
from functions.shared.tasks import TaskInput, Tasks
from functions.users.domain import AddressUnusable


class MailerSettings(Settings):
    mail_sender: str


settings = MailerSettings.from_environment()
ses = aws.mail()
tasks = Tasks()

_CHARSET: Final = "UTF-8"


class SendMail(TaskInput):
    to: Annotated[str, Field(min_length=3, max_length=254)]
    subject: Annotated[str, Field(min_length=1, max_length=200)]
    text: Annotated[str, Field(min_length=1, max_length=10_000)]


class MailNotSent(ServiceUnavailable):
    title = "The mail could not be sent"


@tasks.task
def send_mail(request: SendMail) -> Mapping[str, Any]:
    """Hand a mail to SES. What was refused is told without the address: it would be logged."""
    try:
        to = validate_email(request.to, check_deliverability=False).ascii_email
    except EmailNotValidError:
        to = None
    if to is None:
        raise AddressUnusable("The address is not one that SES sends to.")
    try:
        sent = ses.send_email(
            Source=settings.mail_sender,
            Destination={"ToAddresses": [to]},
            Message={
                "Subject": {"Data": request.subject, "Charset": _CHARSET},
                "Body": {"Text": {"Data": request.text, "Charset": _CHARSET}},
            },
        )
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise MailNotSent.retry_after(60, f"SES refused it: {code}.") from None
    return {"messageId": sent["MessageId"]}


def handler(payload: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    return tasks.handler(payload, context)

"""What LocalStack needs of us to run without Docker and without Java: functions, and DynamoDB.

These modules are imported by LocalStack, in its own venv (`requirements/localstack.txt`), as
`host/registration/` tells it. There they find `host` and `embedded`, but nothing of Boxoffice's
other packages.
"""

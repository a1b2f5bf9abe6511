"""What LocalStack's API Gateway answers by itself is what the API's GatewayResponses say."""

import httpx
import pytest

from on_localstack.conftest import Running

PROBLEM = '{"code": "not-found", "instance": "urn:uuid:$context.requestId"}'


@pytest.fixture(scope="module")
def address(localstack: Running) -> str:
    """Of an API with one method and one response of its own."""
    gateway = localstack.client("apigateway")
    api = gateway.create_rest_api(name="box")["id"]
    [root] = gateway.get_resources(restApiId=api)["items"]
    place = {"restApiId": api, "resourceId": root["id"], "httpMethod": "GET"}
    gateway.put_method(**place, authorizationType="NONE")
    gateway.put_integration(**place, type="MOCK")
    gateway.put_gateway_response(
        restApiId=api,
        responseType="MISSING_AUTHENTICATION_TOKEN",
        statusCode="404",
        responseParameters={
            "gatewayresponse.header.Content-Type": "'application/problem+json'",
            "gatewayresponse.header.X-Request-Id": "context.requestId",
        },
        responseTemplates={"application/json": PROBLEM},
    )
    gateway.create_deployment(restApiId=api, stageName="live")
    return f"{localstack.endpoint}/restapis/{api}/live/_user_request_"


def test_a_path_that_is_not_there_is_answered_in_the_apis_own_words(address: str) -> None:
    answer = httpx.get(f"{address}/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    request_id = answer.headers["x-request-id"]
    assert answer.json() == {"code": "not-found", "instance": f"urn:uuid:{request_id}"}

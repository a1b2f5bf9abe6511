"""Kinds of resources that cost nothing while nobody uses them, and why that is so."""

from typing import Final

_BY_REQUEST: Final = "paid by the request"
_PART: Final = "a setting of something else"
_ALWAYS: Final = "never costs anything by itself"

FREE_AT_REST: Final = {
    "AWS::ApiGateway::Account": _PART,
    "AWS::ApiGateway::Deployment": _PART,
    "AWS::ApiGateway::GatewayResponse": _PART,
    "AWS::ApiGateway::Method": _PART,
    "AWS::ApiGateway::Resource": _PART,
    "AWS::ApiGateway::RestApi": _BY_REQUEST,
    "AWS::ApiGateway::Stage": "its cache would cost, and there is none",
    "AWS::EC2::EgressOnlyInternetGateway": "paid by the gigabyte, as any traffic to the internet",
    "AWS::EC2::FlowLog": "paid by the gigabyte of refused traffic, of which there is hardly any",
    "AWS::EC2::InternetGateway": _ALWAYS,
    "AWS::EC2::Route": _PART,
    "AWS::EC2::RouteTable": _PART,
    "AWS::EC2::SecurityGroup": _ALWAYS,
    "AWS::EC2::SecurityGroupIngress": _PART,
    "AWS::EC2::Subnet": _ALWAYS,
    "AWS::EC2::SubnetRouteTableAssociation": _PART,
    "AWS::EC2::VPC": "public IPv4 addresses would cost, and there are none",
    "AWS::EC2::VPCCidrBlock": _PART,
    "AWS::EC2::VPCEndpoint": "a gateway's; a test sees that there is no other",
    "AWS::EC2::VPCGatewayAttachment": _PART,
    "AWS::Events::EventBus": "paid by the event",
    "AWS::IAM::Policy": _ALWAYS,
    "AWS::IAM::Role": _ALWAYS,
    "AWS::KMS::Alias": _ALWAYS,
    "AWS::Lambda::EventInvokeConfig": _PART,
    "AWS::Lambda::Function": "paid by the call; none has provisioned concurrency",
    "AWS::Lambda::LayerVersion": _ALWAYS,
    "AWS::Lambda::Permission": _PART,
    "AWS::Logs::LogGroup": "paid by the gigabyte; what schedules write is counted with them",
    "AWS::RDS::DBClusterParameterGroup": _ALWAYS,
    "AWS::RDS::DBProxyTargetGroup": _PART,
    "AWS::RDS::DBSubnetGroup": _ALWAYS,
    "AWS::SES::EmailIdentity": "paid by the mail",
    "AWS::SNS::Topic": "paid by the message",
    "AWS::SNS::TopicPolicy": _PART,
    "AWS::SQS::Queue": "paid by the request; what Lambda asks is counted with its event source",
    "AWS::SQS::QueuePolicy": _PART,
    "AWS::SecretsManager::RotationSchedule": _PART,
    "AWS::StepFunctions::StateMachine": "paid by the transition",
    "AWS::WAFv2::WebACLAssociation": _PART,
    "Custom::Databases": "a call of a function, at deployment",
}

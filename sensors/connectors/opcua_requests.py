"""What is asked of an OPC UA server, and what its refusals mean."""

from __future__ import annotations

from asyncua import Client, ua
from asyncua.common.subscription import Subscription

from sensors.connectors.opcua_entry import OpcUa
from sensors.connectors.opcua_security import own_identity
from sensors.connectors.opcua_values import Target

KEEP_ALIVE, LIFETIME = 10, 600  # publishing intervals
MOST_AT_ONCE = 10_000  # values in an answer
REFUSES_USER = {"BadUserAccessDenied", "BadIdentityTokenRejected", "BadIdentityTokenInvalid"}
REFUSES_US = {"BadSecurityChecksFailed", "BadCertificateUntrusted", "BadCertificateInvalid"}


def parameters_of(entry: OpcUa) -> ua.CreateSubscriptionParameters:
    parameters = ua.CreateSubscriptionParameters()
    parameters.RequestedPublishingInterval = entry.interval
    parameters.RequestedMaxKeepAliveCount = KEEP_ALIVE
    parameters.RequestedLifetimeCount = LIFETIME
    parameters.MaxNotificationsPerPublish = MOST_AT_ONCE
    parameters.PublishingEnabled = True
    return parameters


def request_for(handle: int, target: Target, entry: OpcUa) -> ua.MonitoredItemCreateRequest:
    asked = ua.MonitoringParameters()
    asked.ClientHandle = handle
    asked.SamplingInterval = entry.interval
    asked.QueueSize = entry.queue
    asked.DiscardOldest = True
    if target.deadband:
        asked.Filter = ua.DataChangeFilter(
            Trigger=ua.DataChangeTrigger.StatusValue,
            DeadbandType=ua.DeadbandType.Absolute,
            DeadbandValue=target.deadband,
        )
    request = ua.MonitoredItemCreateRequest()
    request.ItemToMonitor = ua.ReadValueId(target.node, ua.AttributeIds.Value)
    request.MonitoringMode = ua.MonitoringMode.Reporting
    request.RequestedParameters = asked
    return request


async def publish(client: Client, subscription: Subscription, *, enabled: bool) -> None:
    asked = ua.SetPublishingModeParameters(enabled, [subscription.subscription_id])
    await client.uaclient.set_publishing_mode(asked)


def words_of(error: Exception, entry: OpcUa) -> str:
    """Return what went wrong, and where a person can do something about it, what."""
    if isinstance(error, ua.UaStatusCodeError):
        status = ua.StatusCode(error.code)
        if status.name in REFUSES_USER:
            return f"the server refuses the user name or the password ({status.name})"
        if status.name in REFUSES_US and entry.security != "None":
            path = own_identity(entry).path
            return f"the server does not take our certificate: let it trust {path} ({status.name})"
        return f"the server says {status.name}: {status.doc}"
    if isinstance(error, TimeoutError):
        return "the server does not answer"
    return str(error) or type(error).__name__

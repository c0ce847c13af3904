"""The systems whose exports can be read: one module or package a system, registered here in the order of asking.

The first connector that recognises a file reads it; the template, which goes by file names alone, comes last.
"""

from pipelines.landing.connector import Connector
from pipelines.landing.connectors.ecb import Ecb
from pipelines.landing.connectors.salesforce import SalesforceConnector
from pipelines.landing.connectors.stripe import StripeConnector
from pipelines.landing.connectors.template import Template

CONNECTORS: dict[str, Connector] = {
    connector.name: connector for connector in (SalesforceConnector(), StripeConnector(), Ecb(), Template())
}

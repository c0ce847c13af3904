"""The company's own mappings; they go before the defaults shipped with the project."""

from pipelines.landing.entities import fields as f
from pipelines.landing.entities.base import Contract
from pipelines.landing.entities.crm import LEVELS


class MapProducts(Contract):
    """One row a product: the revenue it makes."""

    product = f.text(key=True)
    revenue_type = f.text(required=True, values=("recurring", "usage", "one_off"))


class MapChurnReasons(Contract):
    """One row a reason of leaving: its churn category."""

    reason = f.text(key=True)
    churn_category = f.text(required=True, values=("voluntary", "involuntary", "structural"))


class MapCreditReasons(Contract):
    """One row a reason of a credit note: what it does to revenue."""

    reason = f.text(key=True)
    effect = f.text(required=True, values=("rate_correction", "cancellation", "goodwill"))


class MapTitles(Contract):
    """One row a part of a job title: the level it shows. The longest match wins."""

    pattern = f.text(key=True)
    level = f.text(required=True, values=LEVELS)


class MapAccounts(Contract):
    """One row a customer key of another system: the CRM account it is."""

    source = f.text(key=True)
    source_key = f.text(key=True)
    account_id = f.text(required=True)


class MapValues(Contract):
    """One row a word of a source for a canonical value. An empty source means any."""

    source = f.text(key=True, empty="")
    entity = f.text(key=True)
    column = f.text(key=True)
    value = f.text(key=True)
    mapped = f.text(required=True)

"""What an invoice line sells: names to look its product up by, and the dimensions in metadata.

Prices stand in three places: `price` or `plan` (older versions of the API), `pricing.price_details` (newer ones), and
as objects of their own in the same file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipelines.landing.reading.json_records import text_of

DIMENSIONS = ("division", "country", "service_line", "job_family")
_PRODUCT_COLUMNS = ("product", "_product_2", "_product_3", "_product_4")


@dataclass
class Catalogue:
    """Price, product and customer objects of one file by id."""

    prices: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    products: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    customers: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, objects: Iterable[Mapping[str, Any]]) -> Catalogue:
        catalogue = cls()
        shelves = {
            "price": catalogue.prices,
            "plan": catalogue.prices,
            "product": catalogue.products,
            "customer": catalogue.customers,
        }
        for each in objects:
            key = object_id(each)
            if key is not None and each.get("object") in shelves:
                shelves[each["object"]][key] = each
        return catalogue


def object_id(reference: Any) -> str | None:
    """The id of a reference, which is an id or, where the export expanded it, the object."""
    return text_of(reference.get("id") if isinstance(reference, dict) else reference)


def expanded(reference: Any, known: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """The object behind a reference, expanded or elsewhere in the file; empty where it is neither."""
    return reference if isinstance(reference, dict) else known.get(object_id(reference) or "", {})


def metadata(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    """An object's metadata; empty where it has none."""
    found = holder.get("metadata")
    return found if isinstance(found, dict) else {}


def product_columns(line: Mapping[str, Any], catalogue: Catalogue) -> dict[str, str | None]:
    """`product`, its fallbacks in the order of the mapping (name, product id, price id, description), `_product_ref`
    (whose name in a catalogue goes first) and the dimensions."""
    price_ref, product_ref = _references(line)
    price = expanded(price_ref, catalogue.prices)
    product_ref = product_ref if product_ref is not None else price.get("product")
    product = expanded(product_ref, catalogue.products)
    product_id = object_id(product_ref)
    named = [text_of(product.get("name")), product_id, object_id(price_ref), text_of(line.get("description"))]
    present = list(dict.fromkeys(name for name in named if name))
    candidates = dict(zip(_PRODUCT_COLUMNS, [*present, None, None, None, None], strict=False))
    return {**candidates, "_product_ref": product_id, **_dimensions(line, price, product)}


def _references(line: Mapping[str, Any]) -> tuple[Any, Any]:
    """References to the price and the product, each None where the line has none."""
    pricing = line.get("pricing")
    details = pricing.get("price_details") if isinstance(pricing, dict) else None
    if isinstance(details, dict):
        return details.get("price"), details.get("product")
    return line.get("price") or line.get("plan"), None


def _dimensions(*holders: Mapping[str, Any]) -> dict[str, str | None]:
    """Each dimension from the first holder's metadata that has it."""
    filled = [found for holder in holders if (found := metadata(holder))]
    return {name: next((text for each in filled if (text := text_of(each.get(name)))), None) for name in DIMENSIONS}

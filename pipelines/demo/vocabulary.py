"""Words the simulated company is made of: places, names, titles, what it sells. All people and firms are invented."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A country the company works in. `per_usd`: its currency's units to one US dollar, for the size of prices only."""

    country: str
    name: str
    region: str
    currency: str
    per_usd: float
    culture: str
    cities: tuple[tuple[str, str], ...]  # city, IANA time zone
    legal_forms: tuple[str, ...]


_NEW_YORK, _CHICAGO, _DENVER = "America/New_York", "America/Chicago", "America/Denver"

PLACES: dict[str, Place] = {
    place.country: place
    for place in (
        Place(
            "US",
            "United States",
            "North America",
            "USD",
            1.0,
            "english",
            (
                ("Boston", _NEW_YORK),
                ("Charlotte", _NEW_YORK),
                ("Chicago", _CHICAGO),
                ("Austin", _CHICAGO),
                ("Denver", _DENVER),
                ("Seattle", "America/Los_Angeles"),
            ),
            ("Inc.", "LLC", "Corp."),
        ),
        Place(
            "CA",
            "Canada",
            "North America",
            "CAD",
            1.38,
            "english",
            (("Toronto", "America/Toronto"), ("Vancouver", "America/Vancouver")),
            ("Inc.", "Ltd."),
        ),
        Place(
            "GB",
            "United Kingdom",
            "UK & Ireland",
            "GBP",
            0.75,
            "english",
            (("London", "Europe/London"), ("Leeds", "Europe/London"), ("Bristol", "Europe/London")),
            ("Ltd", "plc"),
        ),
        Place(
            "DE",
            "Germany",
            "DACH",
            "EUR",
            0.86,
            "german",
            (("München", "Europe/Berlin"), ("Köln", "Europe/Berlin"), ("Hamburg", "Europe/Berlin")),
            ("GmbH", "AG"),
        ),
        Place(
            "CH",
            "Switzerland",
            "DACH",
            "CHF",
            0.81,
            "german",
            (("Zürich", "Europe/Zurich"), ("Genève", "Europe/Zurich")),
            ("AG", "SA"),
        ),
        Place(
            "FR",
            "France",
            "France & Benelux",
            "EUR",
            0.86,
            "french",
            (("Paris", "Europe/Paris"), ("Lyon", "Europe/Paris"), ("Besançon", "Europe/Paris")),
            ("SA", "SAS"),
        ),
        Place(
            "NL",
            "Netherlands",
            "France & Benelux",
            "EUR",
            0.86,
            "dutch",
            (("Utrecht", "Europe/Amsterdam"), ("Rotterdam", "Europe/Amsterdam")),
            ("B.V.", "N.V."),
        ),
        Place(
            "JP",
            "Japan",
            "Asia Pacific",
            "JPY",
            156.0,
            "japanese",
            (("Osaka", "Asia/Tokyo"), ("Tokyo", "Asia/Tokyo")),
            ("K.K.",),
        ),
    )
}

COUNTRY_WEIGHTS = (
    ("US", 0.44),
    ("GB", 0.17),
    ("DE", 0.12),
    ("FR", 0.07),
    ("NL", 0.06),
    ("CH", 0.05),
    ("CA", 0.04),
    ("JP", 0.05),
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


STEMS = {
    "english": _words(
        "Alderbrook, Ashford, Bellweather, Birchline, Blue Heron, Caldera, Cedar & Finch, Cobalt Bay, Copperfield, "
        "Dunmore, Eastgate, Fairhaven, Fernhill, Foxglove, Glasswing, Granite Peak, Greyfriars, Harborlight, "
        "Hawthorne, Ironbridge, Juniper, Kestrel, Kingsmead, Larkspur, Lighthouse, Longmeadow, Maple & Rye, Marlowe, "
        "Meridian, Moorgate, Northwind, Oakhaven, Old Mill, Orchard Lane, Pemberton, Pinecrest, Quillfeather, "
        "Rosewell, Saltmarsh, Silverline, Skylark, Stonebridge, Sunfield, Tamarack, Thistledown, Three Rivers, "
        "Westerly, Willowbank, Wrenfield"
    ),
    "german": _words(
        "Ahornhof, Bergfried, Blaustein, Eichenau, Falkenried, Grünwald, Heidekrug, Köhlerbach, Lindenhof, "
        "Mühlental, Nordlicht, Rosengarten, Silberbach, Sonnleitner, Steinbrück, Waldsee, Weißdorn"
    ),
    "french": _words(
        "Beaurivage, Belle Étoile, Chênaie, Clairefont, Hautpré, Lavandier, Rivière d'Or, Valmont, Vermeil"
    ),
    "dutch": _words("Duinzicht, Groenendaal, Kraanvogel, Oosterdijk, Vuurtoren, Waterkant, Zilverberg"),
    "japanese": _words("Akizora, Hoshikawa, Kazehara, Minatoya, Shirasagi, Yamabuki"),
}

INDUSTRIES: dict[str, tuple[str, ...]] = {
    "Logistics": ("Freight", "Logistics", "Shipping"),
    "Healthcare": ("Health", "Clinics", "Medical"),
    "Technology": ("Software", "Systems", "Cloud"),
    "Financial Services": ("Capital", "Insurance", "Savings"),
    "Manufacturing": ("Tools", "Industries", "Components"),
    "Retail": ("Stores", "Trading", "Home"),
    "Energy": ("Energy", "Power", "Wind"),
    "Life Sciences": ("Biotech", "Laboratories", "Therapeutics"),
}

FIRST_NAMES = {
    "english": _words(
        "Amelia, Benjamin, Charlotte, Daniel, Eleanor, Felix, Grace, Henry, Isla, Jasper, Katherine, Leo, Maya, Noah, "
        "Olivia, Priya, Quentin, Rosa, Samuel, Tessa, Victor, Wendy"
    ),
    "german": _words("Anneliese, Björn, Clara, Dieter, Elif, Greta, Jürgen, Katrin, Lukas, Matthias, Sabine, Uwe"),
    "french": _words("Aurélie, Benoît, Camille, Étienne, Hélène, Julien, Margaux, Noémie, Théo"),
    "dutch": _words("Anouk, Bram, Daan, Fleur, Joost, Lotte, Maarten, Sanne"),
    "japanese": _words("Aiko, Daichi, Emi, Haruto, Kenji, Mariko, Naoki, Sakura"),
}

LAST_NAMES = {
    "english": _words(
        "Abernathy, Bright, Calloway, Donovan, Ellery, Fairweather, Goodwin, Hartley, Ingram, Jessop, Kendrick, "
        "Lockwood, Merriweather, Newbury, O'Connell, Patel, Quimby, Ramirez, Sinclair, Thornton, Underhill, Whitaker"
    ),
    "german": _words("Bauer, Böhm, Fuchs, Hoffmann, Jäger, Krüger, Lindner, Müller, Schäfer, Vogel, Weiß"),
    "french": _words("Bérenger, Chevalier, Delacroix, Fournier, Gauthier, Lefèvre, Moreau, Rousseau"),
    "dutch": _words("Bakker, de Wit, Hendriks, Jansen, van Dijk, van den Berg, Visser"),
    "japanese": _words("Fujimoto, Hayashi, Ishikawa, Kobayashi, Nakamura, Takeda, Yoshida"),
}

EXECUTIVE_TITLES = _words(
    "Chief Executive Officer, Chief Operating Officer, Chief People Officer, Chief Financial Officer, "
    "Vice President Human Resources, Managing Director"
)
GERMAN_EXECUTIVE_TITLES = _words("Vorstand Personal, Geschäftsführer")
MANAGER_TITLES = _words(
    "Procurement Manager, Head of Talent Acquisition, HR Director, Operations Manager, Plant Manager"
)
OTHER_TITLES = _words("Recruiting Coordinator, HR Business Partner, Buyer, Site Supervisor, Payroll Specialist")

JOB_FAMILIES = _words("Engineering, Finance, Healthcare, Information Technology, Logistics, Production")


@dataclass(frozen=True)
class Offer:
    """Something the company sells. `price` in US dollars: a month and unit for recurring, an hour or a case else."""

    product: str
    stripe_product: str
    revenue_type: str  # recurring, usage, one_off
    division: str
    service_line: str
    price: int


MANAGED_RECRUITING = Offer(
    "Managed recruiting", "prod_ManagedRecruiting", "recurring", "Talent Solutions", "Managed recruiting", 4_800
)
VENDOR_MANAGEMENT = Offer(
    "Vendor management", "prod_VendorManagement", "recurring", "Workforce Solutions", "Vendor management", 6_500
)
TALENT_PLATFORM = Offer(
    "Talent platform", "prod_TalentPlatform", "recurring", "Talent Solutions", "Talent platform", 450
)
ADVISORY_RETAINER = Offer(
    "Advisory retainer", "prod_AdvisoryRetainer", "recurring", "Advisory", "Workforce advisory", 5_200
)
CONTRACT_STAFFING = Offer(
    "Contract staffing hours", "prod_ContractStaffing", "usage", "Workforce Solutions", "Contract staffing", 58
)
PAYROLLING = Offer("Payrolling hours", "prod_Payrolling", "usage", "Workforce Solutions", "Payrolling", 39)
PLACEMENT_FEE = Offer(
    "Permanent placement fee", "prod_PlacementFee", "one_off", "Talent Solutions", "Permanent placement", 17_500
)
SET_UP = Offer("Onboarding set-up", "prod_SetUp", "one_off", "Talent Solutions", "Managed recruiting", 6_000)
WORKSHOP = Offer("Workforce planning workshop", "prod_Workshop", "one_off", "Advisory", "Workforce advisory", 7_800)
# Sold a few times only and left out of the product mapping: the kind of gap a finding has to show.
CAREER_FAIR = Offer("Career fair stand", "prod_CareerFair", "one_off", "Talent Solutions", "Employer branding", 2_400)

RECURRING_OFFERS = (MANAGED_RECRUITING, VENDOR_MANAGEMENT, TALENT_PLATFORM, ADVISORY_RETAINER)
USAGE_OFFERS = (CONTRACT_STAFFING, PAYROLLING)
MAPPED_OFFERS = (*RECURRING_OFFERS, *USAGE_OFFERS, PLACEMENT_FEE, SET_UP, WORKSHOP)
HOURS_A_MONTH = 160
